package utp

import "sync"

// chunkSize is the unit in which buffers take memory.
const chunkSize = 16 << 10

type chunk [chunkSize]byte

// chunkPool keeps chunks for the next who needs one.
type chunkPool struct{ pool sync.Pool }

func (p *chunkPool) get() *chunk {
	if c, ok := p.pool.Get().(*chunk); ok {
		return c
	}
	return new(chunk)
}

func (p *chunkPool) put(c *chunk) { p.pool.Put(c) }

// fifo is a queue of bytes that takes memory as it fills and gives it back as it empties.
type fifo struct {
	pool   *chunkPool
	chunks []*chunk
	head   int // where the first byte lies in the first chunk
	n      int // bytes
}

// write appends p.
func (f *fifo) write(p []byte) {
	for len(p) > 0 {
		end := f.head + f.n
		if end == len(f.chunks)*chunkSize {
			f.chunks = append(f.chunks, f.pool.get())
		}
		n := copy(f.chunks[end/chunkSize][end%chunkSize:], p)
		f.n += n
		p = p[n:]
	}
}

// peek copies bytes from off on into p, which must not reach beyond the end.
func (f *fifo) peek(off int, p []byte) {
	for at := f.head + off; len(p) > 0; {
		n := copy(p, f.chunks[at/chunkSize][at%chunkSize:])
		p = p[n:]
		at += n
	}
}

// read takes up to len(p) bytes.
func (f *fifo) read(p []byte) int {
	n := min(len(p), f.n)
	f.peek(0, p[:n])
	f.discard(n)
	return n
}

// discard drops the first n bytes.
func (f *fifo) discard(n int) {
	f.head += n
	f.n -= n
	drop := f.head / chunkSize
	if f.n == 0 {
		drop = len(f.chunks)
	}
	if drop == 0 {
		return
	}
	for _, c := range f.chunks[:drop] {
		f.pool.put(c)
	}
	kept := copy(f.chunks, f.chunks[drop:])
	clear(f.chunks[kept:])
	f.chunks = f.chunks[:kept]
	f.head %= chunkSize
	if f.n == 0 {
		f.head = 0
	}
}
