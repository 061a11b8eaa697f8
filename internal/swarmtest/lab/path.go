package lab

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// A Path is what lies between hosts that are far from each other. The zero value is a perfect one.
type Path struct {
	Delay time.Duration // of every packet, one way
	Loss  float64       // share of packets that vanish, in either direction
	Rate  int           // bytes a second that a host may send; 0: any number
	Queue int           // bytes that may wait for that, more vanish; 0: a tenth of a second's
	NoTCP bool          // all packets of TCP vanish
}

// NewFar makes n hosts in namespaces of their own, 10.79.0.1 and on, fd5a:79::1 and on, with a Path
// between any two of them. All that they send to each other takes it, TCP as UDP; broadcasts go nowhere. The test is skipped
// where this cannot be had.
func NewFar(t testing.TB, n int, p Path) []*Host {
	t.Helper()
	NeedNamespaces(t)
	hosts := farHosts(t, n)
	ends := make(map[netip.Addr]*pathEnd)
	for i, h := range hosts {
		e := &pathEnd{path: p, ends: ends, device: h.tun("tun0"), rand: rand.New(rand.NewPCG(uint64(i), 1)), moved: make(chan struct{}, 1)}
		address(t, h, "tun0")
		ip(t, "-n", h.ns, "route", "add", "default", "dev", "tun0")
		ends[netip.MustParseAddr(h.Addr)], ends[netip.MustParseAddr(h.Addr6)] = e, e
	}
	var work sync.WaitGroup
	done := make(chan struct{})
	for _, h := range hosts {
		e := ends[netip.MustParseAddr(h.Addr)]
		work.Go(e.take)
		work.Go(func() { e.deliver(done) })
	}
	t.Cleanup(func() {
		close(done)
		for _, e := range ends {
			e.device.Close() //nolint:errcheck // twice, as every end has two addresses
		}
		work.Wait()
	})
	return hosts
}

// device is the end of a tunnel: a packet a call.
type device interface {
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	Close() error
}

// pathEnd is where the packets of one host come from.
type pathEnd struct {
	path   Path
	ends   map[netip.Addr]*pathEnd // all of them, by address
	device device
	rand   *rand.Rand
	busy   time.Time // the uplink is, until then

	mu    sync.Mutex
	row   []flight      // under way, in order
	moved chan struct{} // something was put into an empty row
}

// flight is a packet under way.
type flight struct {
	at   time.Time
	to   *pathEnd
	data []byte
}

// take takes packets from the host until the device is closed.
func (e *pathEnd) take() {
	b := make([]byte, 64<<10)
	for {
		n, err := e.device.Read(b)
		if err != nil {
			return
		}
		to := e.ends[destination(b[:n])]
		if to == nil || e.path.NoTCP && isTCP(b[:n]) {
			continue
		}
		if at, ok := e.schedule(time.Now(), n); ok {
			e.put(flight{at, to, append([]byte(nil), b[:n]...)})
		}
	}
}

// schedule tells when a packet of n bytes arrives, if it does.
func (e *pathEnd) schedule(now time.Time, n int) (at time.Time, ok bool) {
	at = now
	if e.path.Rate > 0 {
		queue := e.path.Queue
		if queue == 0 {
			queue = e.path.Rate / 10
		}
		if e.busy.Before(now) {
			e.busy = now
		}
		if e.busy.Sub(now).Seconds()*float64(e.path.Rate)+float64(n) > float64(max(queue, 4*n)) {
			return at, false
		}
		e.busy = e.busy.Add(time.Duration(float64(n) / float64(e.path.Rate) * float64(time.Second)))
		at = e.busy
	}
	return at.Add(e.path.Delay), e.rand.Float64() >= e.path.Loss
}

func (e *pathEnd) put(f flight) {
	e.mu.Lock()
	e.row = append(e.row, f)
	e.mu.Unlock()
	select {
	case e.moved <- struct{}{}:
	default:
	}
}

// deliver brings packets to where they go, each at its time.
func (e *pathEnd) deliver(done <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var due []flight
	for {
		var wait time.Duration
		due, wait = e.due(due[:0])
		for _, f := range due {
			f.to.device.Write(f.data) //nolint:errcheck // a packet that its host does not take is lost
		}
		if len(due) > 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-e.moved:
		case <-timer.C:
		case <-done:
			return
		}
	}
}

// due moves what has arrived to into, and tells how long it takes for the next one.
func (e *pathEnd) due(into []flight) (due []flight, wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(e.row) && !e.row[n].at.After(now) {
		n++
	}
	due = append(into, e.row[:n]...)
	clear(e.row[copy(e.row, e.row[n:]):])
	e.row = e.row[:len(e.row)-n]
	if len(e.row) == 0 {
		return due, time.Hour
	}
	return due, e.row[0].at.Sub(now)
}

// destination is the address that an IP packet goes to.
func destination(b []byte) netip.Addr {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(b[16:20]))
	case len(b) >= 40 && b[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(b[24:40]))
	}
	return netip.Addr{}
}

// isTCP tells what an IP packet carries.
func isTCP(b []byte) bool {
	const tcp = 6
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return b[9] == tcp
	case len(b) >= 40 && b[0]>>4 == 6:
		return b[6] == tcp
	}
	return false
}
