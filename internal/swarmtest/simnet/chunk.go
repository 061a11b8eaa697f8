package simnet

import (
	"math/bits"
	"sync"
)

// chunk is some bytes on their way. Its memory comes from a pool of its size class.
type chunk struct {
	b   []byte
	fin bool // nothing comes after it
}

// Size classes: powers of two from 1 KiB to maxChunk.
const (
	smallClass = 10
	classes    = 7
)

var pools [classes]sync.Pool

func class(n int) int { return max(0, bits.Len(uint(n-1))-smallClass) }

// newChunk gives an empty chunk with room for n bytes.
func newChunk(n int) chunk {
	k := class(n)
	if p, ok := pools[k].Get().(*[]byte); ok {
		return chunk{b: (*p)[:0]}
	}
	return chunk{b: make([]byte, 0, 1<<(smallClass+k))}
}

func (c *chunk) size() int { return len(c.b) }

// grow appends as much of b as the memory of the chunk holds, up to most bytes in all.
func (c *chunk) grow(b []byte, most int) int {
	room := min(cap(c.b), most) - len(c.b)
	if c.fin || room <= 0 {
		return 0
	}
	n := min(room, len(b))
	c.b = append(c.b, b[:n]...)
	return n
}

// split takes the first n bytes off.
func (c *chunk) split(n int) chunk {
	first := newChunk(n)
	first.b = append(first.b, c.b[:n]...)
	c.b = c.b[:copy(c.b, c.b[n:])]
	return first
}

// release gives the memory back.
func (c *chunk) release() {
	if cap(c.b) == 0 {
		return
	}
	b := c.b[:cap(c.b)]
	c.b = nil
	pools[class(len(b))].Put(&b)
}
