//go:build !linux

package disk

import "io"

// gatherSize is how much is put together for one call where there is no vectored one.
const gatherSize = 1 << 20

// A segment is one buffer of a vectored call.
type segment = []byte

func makeSegment(p []byte) segment { return p }

func segmentBytes(s *segment) []byte { return *s }

// readVec fills the segments from off on.
func (f diskFile) readVec(v []segment, off int64) error {
	for _, p := range v {
		n, err := f.f.ReadAt(p, off)
		if n < len(p) {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		off += int64(n)
	}
	return nil
}

// writeVec writes the segments at off, gathered into large pieces.
func (f diskFile) writeVec(v []segment, off int64) error {
	if len(v) == 1 {
		_, err := f.f.WriteAt(v[0], off)
		return err
	}
	total := 0
	for _, p := range v {
		total += len(p)
	}
	buf := make([]byte, 0, min(total, gatherSize))
	for i, p := range v {
		buf = append(buf, p...)
		if i+1 < len(v) && len(buf)+len(v[i+1]) <= cap(buf) {
			continue
		}
		if _, err := f.f.WriteAt(buf, off); err != nil {
			return err
		}
		off += int64(len(buf))
		buf = buf[:0]
	}
	return nil
}
