package peer

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
)

const (
	maxAhead   = 32      // blocks that one read may bring at most
	headSize   = 13      // length, id, index, begin: what stands before a block's data
	linearSize = 4 << 10 // what is read at once where no block is expected
)

// state says which part of a message the next byte belongs to.
type state int

const (
	inHead  state = iota // collecting length, id and a short payload
	inBlock              // payload of a piece message
	inBody               // payload of another long message
)

// segment is one buffer of a read; block is set where it is the memory of a block.
type segment struct {
	b     []byte
	block *Block
}

// reader turns the byte stream into messages. It belongs to the read loop.
type reader struct {
	src source
	mem Memory
	h   Handler

	state state
	head  [17]byte // the longest short message: a request
	have  int      // bytes in head
	body  []byte   // a long message other than piece, id first
	got   int      // bytes in body or block
	want  int
	block *Block  // being filled
	req   Request // what block is
	data  int     // bytes of blocks that the last read brought

	slots  [maxAhead]struct{ head [headSize]byte }
	blocks [maxAhead]*Block // free ones, at the front
	free   int
	ahead  int // blocks that the next read offers
	linear []byte
	segs   []segment
}

func newReader(nc net.Conn, mem Memory, h Handler) *reader {
	return &reader{src: newSource(nc), mem: mem, h: h, ahead: 1, segs: make([]segment, 0, 2*maxAhead+1)}
}

// fill reads once, hands what came to the handler and returns the number of bytes that came. expect
// is the number of blocks asked for.
func (r *reader) fill(expect int) (int, error) {
	r.layOut(expect)
	r.data = 0
	n, err := r.src.readv(r.segs)
	if err != nil {
		return 0, err
	}
	r.adapt(n, expect)
	return n, r.walk(n)
}

// layOut lists the buffers of the next read: the rest of the current message, then what is expected
// to come after it.
func (r *reader) layOut(expect int) {
	r.segs = r.segs[:0]
	slots := min(expect, r.ahead)
	switch {
	case r.state == inBlock:
		r.segs = append(r.segs, segment{r.block[r.got:r.want], r.block})
		slots = min(slots, expect-1)
	case r.state == inBody:
		r.room()
		r.segs = append(r.segs, segment{b: r.body[r.got:]})
	}
	if slots <= 0 {
		if r.linear == nil {
			r.linear = make([]byte, linearSize)
		}
		r.segs = append(r.segs, segment{b: r.linear})
		return
	}
	r.stock(slots)
	for i := range slots {
		head := r.slots[i].head[:]
		if i == 0 && r.state == inHead {
			head = head[min(r.have, headSize-1):]
		}
		r.segs = append(r.segs, segment{b: head}, segment{r.blocks[i][:], r.blocks[i]})
	}
}

// room lengthens the body by as much as has come of it already: who announces a long message and does not send it gets no
// memory for it.
func (r *reader) room() {
	if r.got < len(r.body) {
		return
	}
	n := min(r.want-r.got, max(linearSize, r.got))
	r.body = slices.Grow(r.body, n)[:r.got+n]
}

// stock makes sure that n free blocks are at hand.
func (r *reader) stock(n int) {
	if r.free < n {
		r.mem.Blocks(r.blocks[r.free:n])
		r.free = n
	}
}

// adapt offers more blocks after a read that was filled to the brim, fewer after a short one.
func (r *reader) adapt(n, expect int) {
	switch offered := r.ahead * (BlockSize + headSize); {
	case n >= offered && expect > r.ahead:
		r.ahead = min(2*r.ahead, maxAhead)
	case n < offered/4 && r.ahead > 1:
		r.ahead--
	}
}

// walk feeds the n bytes of the last read to the state machine.
func (r *reader) walk(n int) error {
	for i := range r.segs {
		seg := &r.segs[i]
		if n < len(seg.b) {
			seg.b = seg.b[:n]
		}
		n -= len(seg.b)
		var next *Block
		if i+1 < len(r.segs) {
			next = r.segs[i+1].block
		}
		if err := r.feed(seg, next); err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	r.compact()
	return nil
}

// compact moves the free blocks to the front; those that were taken are nil.
func (r *reader) compact() {
	kept := 0
	for _, b := range r.blocks[:r.free] {
		if b != nil {
			r.blocks[kept] = b
			kept++
		}
	}
	clear(r.blocks[kept:r.free])
	r.free = kept
}

// feed consumes one segment. next is the block buffer behind it, nil if there is none.
func (r *reader) feed(seg *segment, next *Block) error {
	b := seg.b
	for len(b) > 0 {
		switch r.state {
		case inHead:
			n, err := r.feedHead(b)
			if err != nil {
				return err
			}
			b = b[n:]
			if r.state == inBlock && r.block == nil {
				r.takeBlock(len(b) == 0, next)
			}
		case inBlock:
			n := min(len(b), r.want-r.got)
			if seg.block != r.block {
				copy(r.block[r.got:], b[:n])
			}
			r.got += n
			r.data += n
			b = b[n:]
		case inBody:
			r.room()
			n := min(len(b), len(r.body)-r.got)
			if &b[0] != &r.body[r.got] {
				copy(r.body[r.got:], b[:n])
			}
			r.got += n
			b = b[n:]
		}
		if err := r.finish(); err != nil {
			return err
		}
	}
	return nil
}

// takeBlock chooses the memory of the block whose header was just read: the buffer that the read
// laid its data in, where header and buffers are in step, or a spare one that the data is copied to.
func (r *reader) takeBlock(aligned bool, next *Block) {
	if aligned && next != nil && r.want == BlockSize {
		for i, b := range r.blocks[:r.free] {
			if b == next {
				r.block, r.blocks[i] = b, nil
				return
			}
		}
	}
	var one [1]*Block
	r.mem.Blocks(one[:])
	r.block = one[0]
}

// feedHead collects the start of a message and returns how much of b it took. With the head of a
// long message it changes the state; a whole short message it hands on.
func (r *reader) feedHead(b []byte) (int, error) {
	taken := 0
	for {
		need := r.headNeed()
		if r.have < need {
			n := copy(r.head[r.have:need], b[taken:])
			r.have += n
			taken += n
			if r.have < need {
				return taken, nil
			}
		}
		length := binary.BigEndian.Uint32(r.head[:])
		switch {
		case r.have == 4 && length == 0: // keep-alive
			r.have = 0
			return taken, nil
		case r.have == 4:
		case r.have == 5:
			if done, err := r.dispatch(length); done || err != nil {
				return taken, err
			}
		default:
			r.have = 0
			return taken, r.short(length)
		}
	}
}

// headNeed is how many bytes of the head have to be there before the next decision.
func (r *reader) headNeed() int {
	switch {
	case r.have < 4:
		return 4
	case r.have == 4:
		return 5
	case ID(r.head[4]) == Piece:
		return headSize
	}
	return 4 + int(binary.BigEndian.Uint32(r.head[:]))
}

// dispatch decides by length and kind how a message goes on; done says that the head is complete.
func (r *reader) dispatch(length uint32) (done bool, err error) {
	id := ID(r.head[4])
	if err := checkLength(id, length); err != nil {
		return false, err
	}
	if length == 1 {
		r.have = 0
		return true, r.h.Message(id, nil)
	}
	if id == Piece || int(length)+4 <= len(r.head) {
		return false, nil
	}
	r.body = slices.Grow(r.body[:0], min(int(length), linearSize))
	r.body = append(r.body, byte(id))
	r.state, r.got, r.want, r.have = inBody, 1, int(length), 0
	return true, nil
}

// short hands on a message that fits into the head, or starts a block.
func (r *reader) short(length uint32) error {
	id := ID(r.head[4])
	switch id {
	case Piece:
		r.req = Request{binary.BigEndian.Uint32(r.head[5:]), binary.BigEndian.Uint32(r.head[9:]), length - pieceHeader}
		if r.req.Length == 0 {
			return fmt.Errorf("read piece message: it has no data")
		}
		r.state, r.got, r.want, r.block = inBlock, 0, int(r.req.Length), nil
		return nil
	case RequestID:
		return r.h.Request(parseRequest(r.head[5:]))
	case Cancel:
		return r.h.Cancel(parseRequest(r.head[5:]))
	case Reject:
		return r.h.Reject(parseRequest(r.head[5:]))
	}
	return r.h.Message(id, r.head[5:4+length])
}

// finish hands on a long message that is whole.
func (r *reader) finish() error {
	if r.state == inHead || r.got < r.want {
		return nil
	}
	was := r.state
	r.state = inHead
	if was == inBody {
		err := r.h.Message(ID(r.body[0]), r.body[1:])
		if cap(r.body) > linearSize {
			r.body = nil
		}
		return err
	}
	b := r.block
	r.block = nil
	taken, err := r.h.Block(r.req, b)
	if !taken {
		r.keep(b)
	}
	return err
}

// keep takes a block back that nobody wanted.
func (r *reader) keep(b *Block) {
	for i := range r.blocks[:r.free] {
		if r.blocks[i] == nil {
			// A gap of this read: filling it now would let a later segment of the same read be
			// overwritten only if b were one of its buffers, and b has been consumed already.
			r.blocks[i] = b
			return
		}
	}
	one := [1]*Block{b}
	r.mem.Recycle(one[:])
}

// close gives all memory back.
func (r *reader) close() {
	r.mem.Recycle(r.blocks[:r.free])
	r.free = 0
	if r.block != nil {
		one := [1]*Block{r.block}
		r.mem.Recycle(one[:])
		r.block = nil
	}
}
