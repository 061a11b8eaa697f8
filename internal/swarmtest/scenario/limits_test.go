package scenario

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/swarmtest/lab"
	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// rateOver is what a counter grew by in a while, in bytes a second.
func rateOver(d time.Duration, counter func() int64) float64 {
	before := counter()
	time.Sleep(d)
	return float64(counter()-before) / d.Seconds()
}

// holdsLimit checks a limit over half a minute, then another one that is set while it runs, a lower one, and none.
func holdsLimit(t *testing.T, what string, l *network.Limiter, counter func() int64) {
	t.Helper()
	for _, limit := range []int64{mb, 2 * mb, mb / 4} {
		l.Set(limit)
		time.Sleep(2 * time.Second)
		got := rateOver(30*time.Second, counter)
		t.Logf("%s %d: %.0f bytes a second, %+.2f %%", what, limit, got, 100*(got/float64(limit)-1))
		if got < 0.97*float64(limit) || got > 1.03*float64(limit) {
			t.Errorf("%s %d: %.0f bytes a second", what, limit, got)
		}
	}
	l.Set(0)
	if got := rateOver(2*time.Second, counter); got < 5*mb {
		t.Errorf("%s: %.0f bytes a second after the limit was taken away", what, got)
	}
}

// TestUpLimit: what a seed with a limit sends to eight peers.
func TestUpLimit(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		l := network.NewLimiter(mb)
		s := w.Start(Spec{Seed: true, UpLimit: l})
		// They reach nobody but the seed.
		w.StartMany(8, Spec{NAT: simnet.DialOnly})
		holdsLimit(t, "up", l, func() int64 { return s.Torrent.Stats().Uploaded })
	})
}

// TestDownLimit: what a peer with a limit takes from eight seeds.
func TestDownLimit(t *testing.T) {
	length := int64(256 * mib)
	if raceDetector { // it makes the world smaller, but not the limits
		length *= 4
	}
	world(t, 1, length, 1<<20, near, func(t *testing.T, w *World) {
		l := network.NewLimiter(mb)
		w.StartMany(8, Spec{Seed: true, Up: 10 * mb})
		p := w.Start(Spec{DownLimit: l})
		holdsLimit(t, "down", l, func() int64 { return p.Torrent.Stats().Downloaded })
	})
}

// listener is a peer that asks for blocks all the time and notes when it hears of pieces.
type listener struct {
	wire     *lab.WirePeer
	mu       sync.Mutex
	have     map[int]time.Time
	piece    int // one that it may ask for; -1: none
	next     int // block of it
	unchoked bool
}

// listenTo connects to a node as a peer of its own on a new host.
func (w *World) listenTo(n *Node) *listener {
	w.T.Helper()
	w.hosts++
	h, err := w.Net.AddHost(netip.AddrFrom4([4]byte{10, 200, 0, byte(w.hosts)}), simnet.HostOptions{})
	if err != nil {
		w.T.Fatal(err)
	}
	conn, err := h.Dial(w.T.Context(), n.addr)
	if err != nil {
		w.T.Fatal(err)
	}
	var id [12]byte
	copy(id[:], h.Addr().String())
	hash := w.Content.Info.InfoHash()
	wire, err := lab.NewWirePeer(conn, fmt.Sprintf("%x", hash[:]), id)
	if err != nil {
		w.T.Fatal(err)
	}
	l := &listener{wire: wire, have: make(map[int]time.Time), piece: -1}
	w.noise.Go(l.listen)
	w.atEnd = append(w.atEnd, wire.Close)
	return l
}

// listen reads until the connection ends.
func (l *listener) listen() {
	const have = 4
	l.wire.Send(lab.Interested) //nolint:errcheck // Next tells
	for {
		m, err := l.wire.Next()
		if err != nil {
			return
		}
		switch m.Kind {
		case lab.Unchoke:
			l.unchoked = true
			l.ask(16)
		case lab.Piece:
			l.ask(1)
		case have:
			l.mu.Lock()
			l.have[int(binary.BigEndian.Uint32(m.Payload))] = time.Now()
			l.mu.Unlock()
			if l.piece < 0 {
				l.piece = int(binary.BigEndian.Uint32(m.Payload))
				l.ask(16)
			}
		}
	}
}

// ask asks for blocks of the first piece that it heard of, over and over.
func (l *listener) ask(n int) {
	for ; n > 0 && l.unchoked && l.piece >= 0; n-- {
		b := binary.BigEndian.AppendUint32(nil, uint32(l.piece))
		b = binary.BigEndian.AppendUint32(b, uint32(l.next%4*blockSize))
		l.wire.Send(lab.Request, binary.BigEndian.AppendUint32(b, blockSize)...) //nolint:errcheck // Next tells
		l.next++
	}
}

// TestLimitHoldsUpNoControlMessages: peers hear soon of new pieces, however long the blocks wait that they asked for.
func TestLimitHoldsUpNoControlMessages(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		w.Start(Spec{Seed: true, Up: mb})
		p := w.Start(Spec{UpLimit: network.NewLimiter(40_000), Deaf: true})
		time.Sleep(100 * time.Millisecond)
		var ls []*listener
		for range 8 {
			ls = append(ls, w.listenTo(p))
		}
		w.Wait(10*time.Minute, p)
		time.Sleep(time.Minute)
		var waits []time.Duration
		for _, l := range ls {
			l.mu.Lock()
			for i, at := range p.Storage.verified() {
				if heard, ok := l.have[i]; ok {
					waits = append(waits, heard.Sub(at))
				} else {
					waits = append(waits, time.Hour)
				}
			}
			l.mu.Unlock()
		}
		slices.Sort(waits)
		n := len(waits)
		t.Logf("%d messages: median %v, 9 of 10 within %v, all within %v; %d bytes sent", n, waits[n/2], waits[n*9/10], waits[n-1], p.Torrent.Stats().Uploaded)
		atMost(t, "seconds until a peer hears of a piece", waits[n-1].Seconds(), 1)
	})
}

// TestDownLimitHoldsUpNoUpload: who asks for blocks gets them soon, however low the limit is for what comes in.
func TestDownLimitHoldsUpNoUpload(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		w.StartMany(8, Spec{Seed: true, Up: mb})
		p := w.Start(Spec{DownLimit: network.NewLimiter(100_000)})
		time.Sleep(100 * time.Millisecond)
		w.listenTo(p)
		time.Sleep(30 * time.Second)
		got := rateOver(30*time.Second, func() int64 { return p.Torrent.Stats().Uploaded })
		t.Logf("it sends %.0f bytes a second", got)
		atMost(t, "a megabyte over what is sent in a second", mb/got, 1)
	})
}
