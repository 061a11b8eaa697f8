package disk

import (
	"io"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxVec is the most buffers one call may take (IOV_MAX).
const maxVec = 1024

// A segment is one buffer of a vectored call.
type segment = unix.Iovec

func makeSegment(p []byte) (s segment) {
	s.Base = unsafe.SliceData(p)
	s.SetLen(len(p))
	return s
}

func segmentBytes(s *segment) []byte { return unsafe.Slice(s.Base, int(s.Len)) }

// readVec fills the segments from off on with as few calls as can be. It alters v.
func (f diskFile) readVec(v []segment, off int64) error {
	return transfer(unix.SYS_PREADV, uintptr(f.fd), v, off, io.ErrUnexpectedEOF)
}

// writeVec writes the segments at off with as few calls as can be. It alters v.
func (f diskFile) writeVec(v []segment, off int64) error {
	return transfer(unix.SYS_PWRITEV, uintptr(f.fd), v, off, io.ErrShortWrite)
}

// transfer issues the system call itself: the wrappers of package unix allocate for every call.
func transfer(call, fd uintptr, v []segment, off int64, atEnd error) error {
	const half = unsafe.Sizeof(uintptr(0)) * 8 / 2 // the offset goes in two halves where a word is 32 bits
	for len(v) > 0 {
		n, _, errno := unix.Syscall6(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(v))), uintptr(min(len(v), maxVec)),
			uintptr(off), uintptr(uint64(off)>>half>>half), 0)
		switch {
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return errno
		case n == 0:
			return atEnd
		}
		off += int64(n)
		v = advance(v, int(n))
	}
	return nil
}

// advance drops the first n bytes of v.
func advance(v []segment, n int) []segment {
	for len(v) > 0 {
		have := int(v[0].Len)
		if n < have {
			v[0].Base = (*byte)(unsafe.Add(unsafe.Pointer(v[0].Base), n))
			v[0].SetLen(have - n)
			return v
		}
		n -= have
		v = v[1:]
	}
	return v
}
