package dht

import "strconv"

// maxDepth bounds how deep lists and dictionaries of a packet nest. KRPC itself needs three.
const maxDepth = 8

// scanner walks bencoded bytes without building values, so that a packet of any shape costs no more than
// its length.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// bytes reads a byte string. The result is part of the packet.
func (s *scanner) bytes() ([]byte, bool) {
	n, digits := 0, 0
	for ; s.peek() >= '0' && s.peek() <= '9'; s.i++ {
		n = n*10 + int(s.b[s.i]-'0')
		if digits++; digits > 5 {
			return nil, false
		}
	}
	if digits == 0 || s.peek() != ':' || len(s.b)-s.i-1 < n {
		return nil, false
	}
	start := s.i + 1
	s.i = start + n
	return s.b[start:s.i], true
}

// integer reads an integer that fits an int64.
func (s *scanner) integer() (int64, bool) {
	if s.peek() != 'i' {
		return 0, false
	}
	start := s.i + 1
	for s.i = start; s.peek() == '-' || s.peek() >= '0' && s.peek() <= '9'; s.i++ {
	}
	if s.peek() != 'e' {
		return 0, false
	}
	v, err := strconv.ParseInt(string(s.b[start:s.i]), 10, 64)
	s.i++
	return v, err == nil
}

// skip passes over one value of any kind.
func (s *scanner) skip(depth int) bool {
	switch c := s.peek(); {
	case c == 'i':
		_, ok := s.integer()
		return ok
	case c >= '0' && c <= '9':
		_, ok := s.bytes()
		return ok
	case c == 'l':
		return s.list(depth, func() bool { return s.skip(depth - 1) })
	case c == 'd':
		return s.dict(depth, func([]byte) bool { return s.skip(depth - 1) })
	}
	return false
}

// list calls item at each element; item must pass over it.
func (s *scanner) list(depth int, item func() bool) bool {
	if depth == 0 || s.peek() != 'l' {
		return false
	}
	for s.i++; s.peek() != 'e'; {
		if !item() {
			return false
		}
	}
	s.i++
	return true
}

// dict calls value with each key; value must pass over what follows the key. Order is not checked: real
// nodes send unsorted keys.
func (s *scanner) dict(depth int, value func(key []byte) bool) bool {
	if depth == 0 || s.peek() != 'd' {
		return false
	}
	for s.i++; s.peek() != 'e'; {
		key, ok := s.bytes()
		if !ok || !value(key) {
			return false
		}
	}
	s.i++
	return true
}

// bytesOr reads a byte string, or passes over a value of another kind and returns nil.
func (s *scanner) bytesOr(depth int) ([]byte, bool) {
	if c := s.peek(); c >= '0' && c <= '9' {
		return s.bytes()
	}
	return nil, s.skip(depth)
}

// integerOr reads an integer, or passes over a value of another kind and returns 0.
func (s *scanner) integerOr(depth int) (int64, bool) {
	if s.peek() == 'i' {
		return s.integer()
	}
	return 0, s.skip(depth)
}

// flag reads an integer that stands for yes or no.
func (s *scanner) flag(depth int) (bool, bool) {
	v, ok := s.integerOr(depth)
	return v != 0, ok
}

func appendBytes[T ~string | ~[]byte](b []byte, v T) []byte {
	b = strconv.AppendInt(b, int64(len(v)), 10)
	b = append(b, ':')
	return append(b, v...)
}

func appendInt(b []byte, v int64) []byte {
	b = append(b, 'i')
	b = strconv.AppendInt(b, v, 10)
	return append(b, 'e')
}
