package mse

import (
	"net"
	"sync"
)

// replayed is a connection of which something was read already.
type replayed struct {
	net.Conn

	mu   sync.Mutex
	rest []byte
}

// replay puts b before what comes from nc.
func replay(nc net.Conn, b []byte) net.Conn {
	if len(b) == 0 {
		return nc
	}
	return &replayed{Conn: nc, rest: append([]byte(nil), b...)}
}

// Read takes what was read before first.
func (r *replayed) Read(p []byte) (int, error) {
	r.mu.Lock()
	if len(r.rest) > 0 {
		defer r.mu.Unlock()
		n := copy(p, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	}
	r.mu.Unlock()
	return r.Conn.Read(p)
}

// Unwrap returns the connection below one that Receive returned, once all that it had read ahead was taken: the socket itself, for a
// payload in the clear. Before that, and for all others, it returns nc.
func Unwrap(nc net.Conn) net.Conn {
	if r, ok := nc.(*replayed); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.rest) == 0 {
			return r.Conn
		}
	}
	return nc
}
