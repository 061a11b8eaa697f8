package utp

import (
	"container/heap"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// path is what happens to packets under way.
type path struct {
	delay   time.Duration
	jitter  time.Duration // a packet takes up to so much longer
	late    float64       // share of packets that take it
	loss    float64
	double  float64
	rate    int                                 // bytes a second that one end may send; 0: any
	deep    int                                 // bytes that wait for that, more are lost
	largest int                                 // larger packets vanish; 0: none do
	filter  func(from *end, b []byte) (ok bool) // nil: all pass
}

// wire is a network in memory.
type wire struct {
	path

	mu    sync.Mutex
	rand  *rand.Rand
	ends  map[netip.AddrPort]*end
	row   flights
	order uint64
	timer *time.Timer
}

type flight struct {
	at    time.Time
	order uint64
	from  netip.AddrPort
	to    *end
	data  []byte
}

type flights []flight

func (f flights) Len() int { return len(f) }
func (f flights) Less(i, j int) bool {
	if f[i].at.Equal(f[j].at) {
		return f[i].order < f[j].order
	}
	return f[i].at.Before(f[j].at)
}
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flights) Push(x any)   { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}

// end is one socket on the wire.
type end struct {
	w      *wire
	addr   netip.AddrPort
	busy   time.Time // the uplink is, until then
	mu     sync.Mutex
	reader deadline
	row    []flight
	closed bool
	sent   int // bytes
	count  int // packets
}

func newWire(p path) *wire {
	return &wire{path: p, rand: rand.New(rand.NewPCG(1, 2)), ends: make(map[netip.AddrPort]*end)}
}

// socket adds an end; hosts are numbered.
func (w *wire) socket(host byte) *end {
	e := &end{w: w, addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, host}), 6881)}
	e.reader.cond.L = &e.mu
	w.mu.Lock()
	w.ends[e.addr] = e
	w.mu.Unlock()
	return e
}

// only sets the filter: only what passes goes on, nil is everything.
func (w *wire) only(filter func(from *end, b []byte) bool) {
	w.mu.Lock()
	w.filter = filter
	w.mu.Unlock()
}

func (w *wire) send(from *end, to netip.AddrPort, b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	dest := w.ends[to]
	if dest == nil || w.largest > 0 && len(b) > w.largest || w.filter != nil && !w.filter(from, b) {
		return
	}
	at := time.Now()
	if w.rate > 0 {
		if from.busy.Before(at) {
			from.busy = at
		}
		if from.busy.Sub(at).Seconds()*float64(w.rate) > float64(w.deep) {
			return
		}
		from.busy = from.busy.Add(time.Duration(len(b)+28) * time.Second / time.Duration(w.rate))
		at = from.busy
	}
	if w.rand.Float64() < w.loss {
		return
	}
	copies := 1
	if w.rand.Float64() < w.double {
		copies = 2
	}
	for range copies {
		d := w.delay
		if w.jitter > 0 && w.rand.Float64() < w.late {
			d += time.Duration(w.rand.Int64N(int64(w.jitter)))
		}
		w.order++
		heap.Push(&w.row, flight{at.Add(d), w.order, from.addr, dest, append([]byte(nil), b...)})
	}
	w.setTimer()
}

func (w *wire) setTimer() {
	if len(w.row) == 0 {
		return
	}
	d := time.Until(w.row[0].at)
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.arrive)
	} else {
		w.timer.Reset(d)
	}
}

func (w *wire) arrive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for now := time.Now(); len(w.row) > 0 && !w.row[0].at.After(now); {
		f := heap.Pop(&w.row).(flight)
		f.to.mu.Lock()
		f.to.row = append(f.to.row, f)
		f.to.reader.cond.Broadcast()
		f.to.mu.Unlock()
	}
	w.setTimer()
}

func (e *end) ReadFrom(p []byte) (int, net.Addr, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		switch {
		case e.closed:
			return 0, nil, net.ErrClosed
		case e.reader.passed():
			return 0, nil, os.ErrDeadlineExceeded
		case len(e.row) > 0:
			f := e.row[0]
			e.row[0] = flight{}
			e.row = e.row[1:]
			return copy(p, f.data), net.UDPAddrFromAddrPort(f.from), nil
		}
		e.reader.wait()
	}
}

func (e *end) WriteTo(p []byte, to net.Addr) (int, error) {
	e.mu.Lock()
	closed := e.closed
	e.sent += len(p)
	e.count++
	e.mu.Unlock()
	if closed {
		return 0, net.ErrClosed
	}
	e.w.send(e, to.(*net.UDPAddr).AddrPort(), p)
	return len(p), nil
}

func (e *end) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.reader.end()
	return nil
}

func (e *end) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(e.addr) }

func (e *end) SetReadDeadline(t time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reader.set(t)
	return nil
}
func (e *end) SetWriteDeadline(time.Time) error { return nil }
func (e *end) SetDeadline(t time.Time) error    { return e.SetReadDeadline(t) }
func (e *end) traffic() (bytes, packets int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sent, e.count
}

// pair starts two Muxes on a wire, which end with the test.
func pair(t *testing.T, w *wire) (a, b *Mux) {
	t.Helper()
	a, b = New(w.socket(1), Options{}), New(w.socket(2), Options{})
	end := func() { a.Close(); b.Close() }
	late := time.AfterFunc(24*time.Hour, end) // a test that waits for nothing ends, too
	t.Cleanup(func() { late.Stop(); end() })
	return a, b
}

// connect makes a connection from a to b; its first byte has gone over.
func connect(t *testing.T, a, b *Mux) (ca, cb *Conn) {
	t.Helper()
	nc, err := a.Dial(t.Context(), b.conn.(*end).addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write([]byte{'x'}); err != nil {
		t.Fatal(err)
	}
	other, err := b.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var one [1]byte
	if _, err := other.Read(one[:]); err != nil || one[0] != 'x' {
		t.Fatal("the first byte:", one, err)
	}
	return nc.(*Conn), other.(*Conn)
}
