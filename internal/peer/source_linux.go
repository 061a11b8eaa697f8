package peer

import (
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// source reads into several buffers at once.
type source interface {
	// readv fills the segments in order and returns the bytes read, at least one without an error.
	readv(segs []segment) (int, error)
}

// newSource takes the socket itself where there is one: one readv fills all buffers. Other connections
// (encrypted, in memory) are read with Read.
func newSource(nc net.Conn) source {
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			v := &vector{raw: raw}
			v.call = v.once // made once: a method value a read would be garbage
			return v
		}
	}
	return &scatter{nc: nc}
}

// vector reads a socket with readv(2).
type vector struct {
	raw   syscall.RawConn
	call  func(fd uintptr) bool
	iov   [2*maxAhead + 1]unix.Iovec
	n     int // buffers in iov
	got   int
	errno syscall.Errno
}

func (v *vector) readv(segs []segment) (int, error) {
	v.n = len(segs)
	for i := range segs {
		v.iov[i].Base = unsafe.SliceData(segs[i].b)
		v.iov[i].SetLen(len(segs[i].b))
	}
	err := v.raw.Read(v.call)
	clear(v.iov[:v.n])
	switch {
	case err != nil:
		return 0, err
	case v.errno != 0:
		return 0, v.errno
	case v.got == 0:
		return 0, errEOF
	}
	return v.got, nil
}

// once tries one read; false means that there is nothing yet and the poller has to wait.
func (v *vector) once(fd uintptr) bool {
	for {
		n, _, errno := syscall.Syscall(syscall.SYS_READV, fd, uintptr(unsafe.Pointer(&v.iov)), uintptr(v.n))
		switch errno {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return false
		}
		v.got, v.errno = int(n), errno
		if errno != 0 {
			v.got = 0
		}
		return true
	}
}
