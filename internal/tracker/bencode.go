package tracker

import (
	"errors"
	"math"
)

// maxDepth bounds how deep a reply may nest. The deepest thing in one is a dictionary for each peer
// in a list in a dictionary.
const maxDepth = 32

var errBencode = errors.New("not valid bencoding")

// scanner reads bencoding (BEP 3) in place, one value after the other, and copies nothing. It takes
// keys in any order, because trackers send them so.
type scanner struct {
	b []byte // what is left
}

// kind is the first byte of the next value: 'i', 'l', 'd', '0' for a string, 'e' for the end of a list
// or dictionary, or 0 if there is none.
func (s *scanner) kind() byte {
	if len(s.b) == 0 {
		return 0
	}
	switch c := s.b[0]; {
	case c >= '0' && c <= '9':
		return '0'
	case c == 'i' || c == 'l' || c == 'd' || c == 'e':
		return c
	}
	return 0
}

// enter steps into a list or dictionary, or over its end.
func (s *scanner) enter() { s.b = s.b[1:] }

// digits reads a decimal number up to the byte end, which it consumes. One that is too large for an
// int64 becomes the largest: no number in a reply means anything at that size.
func (s *scanner) digits(end byte) (int64, error) {
	var n int64
	for i, c := range s.b {
		switch {
		case c == end && i > 0:
			s.b = s.b[i+1:]
			return n, nil
		case c < '0' || c > '9':
			return 0, errBencode
		case n > (math.MaxInt64-9)/10:
			n = math.MaxInt64
		default:
			n = n*10 + int64(c-'0')
		}
	}
	return 0, errBencode
}

// integer reads an integer.
func (s *scanner) integer() (int64, error) {
	if s.kind() != 'i' {
		return 0, errBencode
	}
	s.enter()
	negative := len(s.b) > 0 && s.b[0] == '-'
	if negative {
		s.enter()
	}
	n, err := s.digits('e')
	if negative {
		n = -n
	}
	return n, err
}

// bytes reads a string. The result is part of the input.
func (s *scanner) bytes() ([]byte, error) {
	if s.kind() != '0' {
		return nil, errBencode
	}
	n, err := s.digits(':')
	if err != nil {
		return nil, err
	}
	if n > int64(len(s.b)) {
		return nil, errBencode
	}
	v := s.b[:n]
	s.b = s.b[n:]
	return v, nil
}

// skip reads any value.
func (s *scanner) skip() error { return s.skipWithin(maxDepth) }

func (s *scanner) skipWithin(depth int) error {
	switch s.kind() {
	case 'i':
		_, err := s.integer()
		return err
	case '0':
		_, err := s.bytes()
		return err
	case 'l', 'd':
		if depth == 0 {
			return errBencode
		}
		s.enter()
		for s.kind() != 'e' {
			if err := s.skipWithin(depth - 1); err != nil {
				return err
			}
		}
		s.enter()
		return nil
	}
	return errBencode
}

// dictionary calls value for each key. value reads the value, or leaves it where it is to have it
// skipped.
func (s *scanner) dictionary(value func(key string) error) error {
	if s.kind() != 'd' {
		return errBencode
	}
	s.enter()
	for s.kind() != 'e' {
		key, err := s.bytes()
		if err != nil {
			return err
		}
		before := len(s.b)
		if err := value(string(key)); err != nil {
			return err
		}
		if len(s.b) == before {
			if err := s.skip(); err != nil {
				return err
			}
		}
	}
	s.enter()
	return nil
}

// list calls value for each element, under the same terms as dictionary.
func (s *scanner) list(value func() error) error {
	if s.kind() != 'l' {
		return errBencode
	}
	s.enter()
	for s.kind() != 'e' {
		before := len(s.b)
		if err := value(); err != nil {
			return err
		}
		if len(s.b) == before {
			if err := s.skip(); err != nil {
				return err
			}
		}
	}
	s.enter()
	return nil
}
