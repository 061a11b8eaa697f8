//go:build !linux

package peer

import "net"

// source reads into several buffers at once.
type source interface {
	// readv fills the segments in order and returns the bytes read, at least one without an error.
	readv(segs []segment) (int, error)
}

func newSource(nc net.Conn) source { return &scatter{nc: nc} }
