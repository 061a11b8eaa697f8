package utp

import (
	"errors"
	"net"
)

// What ends a connection, and what the errors of its methods wrap. A deadline that has passed is os.ErrDeadlineExceeded,
// and what was closed on this side net.ErrClosed.
var (
	// ErrReset says that the other side has given the connection up.
	ErrReset = errors.New("the other side reset the connection")
	// ErrSilent says that no answer came for too long.
	ErrSilent = errors.New("the other side does not answer")
	// ErrPath says that large packets do not get through, which later connections to the address take into account.
	ErrPath = errors.New("large packets do not get through")
	// ErrFull says that there are as many connections as a Mux may have.
	ErrFull = errors.New("too many connections")
)

// fail makes the error of a method.
func (c *Conn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "utp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
