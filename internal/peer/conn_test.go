package peer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
)

// heap is the memory of tests: it hands out new blocks and counts what comes back.
type heap struct {
	mu        sync.Mutex
	free      []*Block
	out, back int
}

func (h *heap) Blocks(dst []*Block) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range dst {
		if n := len(h.free); n > 0 {
			dst[i], h.free = h.free[n-1], h.free[:n-1]
		} else {
			dst[i] = new(Block)
		}
		h.out++
	}
}

func (h *heap) Recycle(bs []*Block) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range bs {
		if b != nil {
			h.free = append(h.free, b)
			h.back++
		}
	}
}

// record writes down all that arrives.
type record struct {
	expect int
	keep   bool // take the blocks
	mem    *heap
	got    [][]byte // re-encoded messages
}

func (r *record) Expecting() int { return r.expect }
func (r *record) Block(q Request, b *Block) (bool, error) {
	m := make([]byte, headSize)
	putPieceHeader(m, q)
	r.got = append(r.got, append(m, b[:q.Length]...))
	if r.keep {
		r.mem.Recycle([]*Block{b})
	}
	return r.keep, nil
}
func (r *record) Request(q Request) error {
	r.got = append(r.got, AppendRequest(nil, RequestID, q))
	return nil
}
func (r *record) Cancel(q Request) error {
	r.got = append(r.got, AppendRequest(nil, Cancel, q))
	return nil
}
func (r *record) Reject(q Request) error {
	r.got = append(r.got, AppendRequest(nil, Reject, q))
	return nil
}
func (r *record) Message(id ID, payload []byte) error {
	r.got = append(r.got, AppendMessage(nil, id, payload...))
	return nil
}
func (r *record) Drained() error { return nil }
func (r *record) Poked() error   { return nil }

// stream makes n random messages, mostly blocks, with every kind of neighbour.
func stream(rnd *rand.Rand, n int) (msgs [][]byte) {
	for range n {
		var m []byte
		switch k := rnd.IntN(20); {
		case k < 13:
			size := uint32(BlockSize)
			if rnd.IntN(8) == 0 {
				size = 1 + uint32(rnd.IntN(BlockSize))
			}
			m = make([]byte, headSize+size)
			putPieceHeader(m, Request{rnd.Uint32(), rnd.Uint32(), size})
			for i := headSize; i < len(m); i += 7 {
				m[i] = byte(rnd.Uint32())
			}
		case k == 13:
			m = AppendMessage(nil, []ID{Choke, Unchoke, Interested, NotInterested, HaveAll}[rnd.IntN(5)])
		case k == 14:
			m = AppendIndex(nil, Have, rnd.Uint32())
		case k == 15:
			m = AppendRequest(nil, []ID{RequestID, Cancel, Reject}[rnd.IntN(3)], Request{rnd.Uint32(), rnd.Uint32(), rnd.Uint32()})
		case k == 16:
			m = AppendMessage(nil, Bitfield, bytes.Repeat([]byte{byte(k)}, rnd.IntN(20000))...)
		case k == 17:
			m = AppendExtended(nil, byte(rnd.Uint32()), bytes.Repeat([]byte{9}, rnd.IntN(5000)))
		case k == 18:
			m = AppendMessage(nil, Port, 1, 2)
		case k == 19:
			m = []byte{0, 0, 0, 0}
		}
		msgs = append(msgs, m)
	}
	return msgs
}

// chunked delivers a stream in pieces of random sizes, into several buffers.
type chunked struct {
	b   []byte
	rnd *rand.Rand
	max int
}

func (c *chunked) readv(segs []segment) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	left, n := 1+c.rnd.IntN(c.max), 0
	for _, s := range segs {
		k := copy(s.b[:min(len(s.b), left)], c.b)
		c.b, left, n = c.b[k:], left-k, n+k
		if left == 0 || len(c.b) == 0 {
			break
		}
	}
	return n, nil
}

func fixed() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestReaderTakesAnyStream(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		msgs := stream(rnd, 120)
		rec := &record{expect: []int{0, 1, 5, 500}[seed%4], keep: seed%3 != 0, mem: &heap{}}
		r := &reader{
			src: &chunked{bytes.Join(msgs, nil), rnd, []int{3, 100, 20000, 1 << 20}[rnd.IntN(4)]},
			mem: rec.mem, h: rec, ahead: 1,
		}
		var err error
		for err == nil {
			_, err = r.fill(rec.expect)
		}
		if err != io.EOF {
			t.Fatalf("seed %d: %v", seed, err)
		}
		msgs = slices.DeleteFunc(msgs, func(m []byte) bool { return len(m) == 4 })
		if len(msgs) != len(rec.got) {
			t.Fatalf("seed %d: %d messages of %d", seed, len(rec.got), len(msgs))
		}
		for i := range msgs {
			if !bytes.Equal(msgs[i], rec.got[i]) {
				t.Fatalf("seed %d: message %d of kind %d differs", seed, i, msgs[i][4])
			}
		}
		r.close()
		if rec.mem.out != rec.mem.back {
			t.Fatalf("seed %d: %d blocks out, %d back", seed, rec.mem.out, rec.mem.back)
		}
	}
}

func TestReaderRefusesWrongLengths(t *testing.T) {
	for id := range 24 {
		for _, n := range []uint32{1, 2, 4, 5, 6, 9, 13, 14, 17, BlockSize + 10, 1 << 20, 1<<32 - 1} {
			b := binary.BigEndian.AppendUint32(nil, n)
			b = append(b, byte(id))
			rec := &record{expect: 1, mem: &heap{}}
			r := &reader{src: &chunked{b, fixed(), 100}, mem: rec.mem, h: rec, ahead: 1}
			var err error
			for err == nil {
				_, err = r.fill(1)
			}
			if ok := checkLength(ID(id), n) == nil; ok != (err == io.EOF) {
				t.Errorf("id %d, length %d: %v", id, n, err)
			}
		}
	}
}

// disk is a source of upload data in tests.
type diskFake struct{}

func (diskFake) ReadBlocks(bufs [][]byte, index, begin uint32) error {
	for _, b := range bufs {
		binary.BigEndian.PutUint32(b, index)
		binary.BigEndian.PutUint32(b[4:], begin)
		begin += uint32(len(b))
	}
	return nil
}

// seeder answers whatever is asked.
type seeder struct {
	record
	conn *Conn
	reqs []Request
}

func (s *seeder) Request(q Request) error { s.reqs = append(s.reqs, q); return nil }
func (s *seeder) Drained() error {
	s.conn.Upload(s.reqs...)
	s.reqs = s.reqs[:0]
	return nil
}

// leecher asks for n blocks, so many at once.
type leecher struct {
	record
	conn       *Conn
	asked, out int
	n          int
	line       []byte
}

func (l *leecher) Expecting() int { return l.out }
func (l *leecher) Block(q Request, b *Block) (bool, error) {
	l.out--
	if binary.BigEndian.Uint32(b[:]) != q.Index || binary.BigEndian.Uint32(b[4:]) != q.Begin {
		return false, io.ErrUnexpectedEOF
	}
	return false, nil
}
func (l *leecher) Drained() error {
	if l.out == 0 && l.asked == l.n {
		return io.EOF
	}
	if l.out > 128 {
		return nil
	}
	l.line = l.line[:0]
	for l.out < 256 && l.asked < l.n {
		l.line = AppendRequest(l.line, RequestID, Request{uint32(l.asked / 64), uint32(l.asked % 64 * BlockSize), BlockSize})
		l.asked++
		l.out++
	}
	l.conn.Send(func(b []byte) []byte { return append(b, l.line...) })
	return nil
}
func (l *leecher) Poked() error { return l.Drained() }

func transfer(tb testing.TB, a, b net.Conn, n int) {
	mem := &heap{}
	s := &seeder{record: record{mem: mem}}
	l := &leecher{record: record{mem: mem}, n: n}
	s.conn = New(a, Options{Handler: s, Memory: mem, Source: diskFake{}})
	l.conn = New(b, Options{Handler: l, Memory: mem})
	l.conn.Poke()
	var wg sync.WaitGroup
	wg.Go(func() { s.conn.Run(context.Background()) })
	if err := l.conn.Run(context.Background()); err != io.EOF {
		tb.Fatal(err)
	}
	s.conn.Close(nil)
	wg.Wait()
}

func TestTransferInMemory(t *testing.T) {
	a, b := net.Pipe()
	transfer(t, a, b, 1000)
}

func TestTransferTCP(t *testing.T) {
	a, b := tcpPair(t)
	transfer(t, a, b, 3000)
}

func tcpPair(tb testing.TB) (a, b net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	a, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	b, err = l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	return a, b
}

// A peer that takes nothing of what it makes us say loses its connection at once, not when a write has waited long enough.
func TestPeerThatTakesNothing(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := New(ours, Options{Handler: &record{}, Memory: &heap{}})
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	r := Request{Length: BlockSize}
	for range maxControl {
		c.Send(func(b []byte) []byte { return AppendRequest(b, Reject, r) })
		select {
		case err := <-ended:
			if !errors.Is(err, errTakesNothing) {
				t.Error(err)
			}
			if n := cap(c.out.ctl) + cap(c.out.spare); n > 4*maxControl {
				t.Errorf("%d bytes wait", n)
			}
			return
		default:
		}
	}
	t.Error("it may make us say anything")
}

// BenchmarkBlock moves blocks over loopback; one operation is one block.
func BenchmarkBlock(b *testing.B) {
	x, y := tcpPair(b)
	b.SetBytes(BlockSize)
	b.ReportAllocs()
	transfer(b, x, y, b.N)
}
