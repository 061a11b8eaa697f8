package peer

import (
	"errors"
	"io"
	"net"
)

const errEOFText = "the peer closed the connection"

// eofError is io.EOF in words that a person can read.
type eofError struct{}

func (eofError) Error() string { return errEOFText }
func (eofError) Unwrap() error { return io.EOF }

var errEOF = eofError{}

// scatterSize bounds one read of a connection that has no readv.
const scatterSize = 64 << 10

// scatter reads a connection that is no socket: one Read into a buffer of its own, spread over the
// segments.
type scatter struct {
	nc  net.Conn
	buf []byte
}

func (s *scatter) readv(segs []segment) (int, error) {
	total := 0
	for i := range segs {
		total += len(segs[i].b)
	}
	if total = min(total, scatterSize); len(s.buf) < total {
		s.buf = make([]byte, total)
	}
	n, err := s.nc.Read(s.buf[:total])
	b := s.buf[:n]
	for i := 0; len(b) > 0; i++ {
		b = b[copy(segs[i].b, b):]
	}
	if errors.Is(err, io.EOF) {
		err = errEOF
	}
	if n > 0 {
		return n, nil // a lasting error comes again with the next read
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}
