package peer

import "fmt"

// Viewer is a Source that can show bytes where they lie, in a mapped file, instead of copying them.
type Viewer interface {
	// View gives n consecutive bytes of piece index, from begin on. They may be handed to the kernel until
	// the pin is let go, and must not be touched otherwise. It reports false where they cannot be had so.
	View(index, begin uint32, n int) (b []byte, pin Pin, ok bool)
}

// Pin keeps a view in place.
type Pin interface{ Release() }

// layOut lists in w.parts what the next write sends: ctl, then header and data of each block in w.take.
// Neighbouring blocks are got with one call.
func (w *writer) layOut(ctl []byte) error {
	w.parts = w.parts[:0]
	if len(ctl) > 0 {
		w.parts = append(w.parts, ctl)
	}
	w.frame = w.frame[:0]
	w.reserve()
	for i := 0; i < len(w.take); {
		n := run(w.take[i:])
		if err := w.layOutRun(w.take[i : i+n]); err != nil {
			return fmt.Errorf("read piece %d for peer: %w", w.take[i].Index, err)
		}
		i += n
	}
	return nil
}

// reserve makes room for headers, and for data too where it has to be read. What was laid out must
// not move afterwards.
func (w *writer) reserve() {
	need := len(w.take) * headSize
	if w.views == nil || w.reads {
		need = len(w.take) * frameSize
	}
	w.reads = false
	if cap(w.frame) < need {
		w.frame = make([]byte, 0, need)
	}
}

// run is the number of requests at the front of rs for bytes that follow one another.
func run(rs []Request) int {
	n := 1
	for n < len(rs) && rs[n].Index == rs[0].Index && rs[n].Begin == rs[n-1].Begin+rs[n-1].Length {
		n++
	}
	return n
}

// layOutRun lays out the blocks of one run.
func (w *writer) layOutRun(rs []Request) error {
	if w.views == nil {
		return w.read(rs)
	}
	last := rs[len(rs)-1]
	b, pin, ok := w.views.View(rs[0].Index, rs[0].Begin, int(last.Begin+last.Length-rs[0].Begin))
	if !ok { // across files, for one
		w.reads = true
		return w.read(rs)
	}
	w.pins = append(w.pins, pin)
	for _, r := range rs {
		n := len(w.frame)
		w.frame = w.frame[:n+headSize]
		putPieceHeader(w.frame[n:], r)
		w.parts = append(w.parts, w.frame[n:], b[:r.Length])
		b = b[r.Length:]
	}
	return nil
}

// read reads the blocks of one run, each behind its header.
func (w *writer) read(rs []Request) error {
	own := cap(w.frame) < len(w.take)*frameSize
	buf := w.frame
	if own {
		buf = make([]byte, 0, len(rs)*frameSize) // no room was made for data: the next write has it
	}
	start := len(buf)
	w.bufs = w.bufs[:0]
	for _, r := range rs {
		n := len(buf)
		buf = buf[:n+headSize+int(r.Length)]
		putPieceHeader(buf[n:], r)
		w.bufs = append(w.bufs, buf[n+headSize:])
	}
	w.parts = append(w.parts, buf[start:])
	if !own {
		w.frame = buf
	}
	return w.c.opts.Source.ReadBlocks(w.bufs, rs[0].Index, rs[0].Begin)
}

// unpin lets go of all views of the last write.
func (w *writer) unpin() {
	for i, p := range w.pins {
		p.Release()
		w.pins[i] = nil
	}
	w.pins = w.pins[:0]
	clear(w.parts)
}
