package utp

const (
	maxWindow = 2 << 20 // bytes that a connection takes before they are read
	maxEarly  = 2048    // packets that may be ahead of one that is missing
	minEarly  = 64
	slotSize  = 40 // bytes that room for one of them takes
)

// inflow puts the packets of one connection in order.
type inflow struct {
	ack   uint16 // the last number up to which all has come
	ready fifo   // in order, and not read yet

	early      []early // by number modulo length, a power of two; nil while nothing is missing
	earlyCount int
	earlyBytes int

	fin    bool // the end is known:
	finSeq uint16
	eof    bool // everything has come
}

// early is a packet that came before one that stands in front of it.
type early struct {
	full bool
	seq  uint16
	data []byte
}

// take works in one packet of data, or the last one (fin). It reports whether there is something new to read.
func (f *inflow) take(seq uint16, data []byte, fin bool) (news bool) {
	ahead := int(int16(seq - f.ack))
	if ahead <= 0 || ahead > maxEarly || f.eof || f.fin && before(f.finSeq, seq) {
		return false
	}
	if ahead > 1 {
		f.keep(seq, ahead, data, fin)
		return false
	}
	if f.ready.n+len(data) > maxWindow {
		return false // it was told that there is no room
	}
	f.end(seq, fin)
	had := f.ready.n
	f.deliver(data)
	for f.earlyCount > 0 && !f.eof {
		e := &f.early[int(f.ack+1)&(len(f.early)-1)]
		if !e.full {
			break
		}
		f.earlyCount--
		f.earlyBytes -= len(e.data)
		f.deliver(e.data)
		*e = early{}
	}
	if f.earlyCount == 0 || f.eof {
		f.dropEarly()
	}
	return f.ready.n > had || f.eof
}

func (f *inflow) end(seq uint16, fin bool) {
	if fin && !f.fin {
		f.fin, f.finSeq = true, seq
	}
}

func (f *inflow) deliver(data []byte) {
	f.ack++
	f.ready.write(data)
	f.eof = f.fin && f.ack == f.finSeq
}

// keep stores a packet that has to wait for others.
func (f *inflow) keep(seq uint16, ahead int, data []byte, fin bool) {
	if f.ready.n+f.earlyBytes+len(data) > maxWindow {
		return
	}
	if ahead > len(f.early) {
		f.growEarly(ahead)
	}
	e := &f.early[int(seq)&(len(f.early)-1)]
	if e.full {
		return
	}
	f.end(seq, fin)
	*e = early{full: true, seq: seq, data: append([]byte(nil), data...)}
	f.earlyCount++
	f.earlyBytes += len(data)
}

// growEarly makes room for packets that are so far ahead.
func (f *inflow) growEarly(ahead int) {
	size := max(minEarly, len(f.early))
	for size < ahead {
		size *= 2
	}
	old := f.early
	f.early = make([]early, size)
	for _, e := range old {
		if e.full {
			f.early[int(e.seq)&(size-1)] = e
		}
	}
}

// sack appends the bit mask of what has come beyond ack+1, in units of four bytes (BEP 29).
func (f *inflow) sack(b []byte) []byte {
	found := 0
	for i := 0; i < 8*maxSack && found < f.earlyCount; i++ {
		if i%32 == 0 {
			b = append(b, 0, 0, 0, 0)
		}
		if f.has(f.ack + 2 + uint16(i)) {
			b[len(b)-4+i%32/8] |= 1 << (i % 8)
			found++
		}
	}
	return b
}

func (f *inflow) has(seq uint16) bool {
	e := &f.early[int(seq)&(len(f.early)-1)]
	return e.full && e.seq == seq
}

// room is how many more bytes can be taken.
func (f *inflow) room() int { return max(0, maxWindow-f.ready.n) }

// stored is the memory in use, in bytes.
func (f *inflow) stored() int { return f.ready.n + f.earlyBytes + len(f.early)*slotSize }

// dropEarly forgets what is not in order.
func (f *inflow) dropEarly() { f.early, f.earlyCount, f.earlyBytes = nil, 0, 0 }
