package tracker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// udpTracker is the other side of BEP 15, for tests. reply may change what it says to a request.
type udpTracker struct {
	peers string
	reply func(request, answer []byte) [][]byte

	mu       sync.Mutex
	id       uint64
	requests [][]byte
}

// answer makes the right answer to a request, nil for one that deserves none.
func (s *udpTracker) answer(b []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	be := binary.BigEndian
	s.requests = append(s.requests, bytes.Clone(b))
	if len(b) < 16 {
		return nil
	}
	switch action := be.Uint32(b[8:]); {
	case action == actionConnect && be.Uint64(b) == protocolID && len(b) == 16:
		s.id += 0x1122334455
		return be.AppendUint64(append(be.AppendUint32(nil, actionConnect), b[12:16]...), s.id)
	case action == actionAnnounce && be.Uint64(b) == s.id && len(b) >= 98:
		head := append(be.AppendUint32(nil, actionAnnounce), b[12:16]...)
		head = be.AppendUint32(be.AppendUint32(be.AppendUint32(head, 1800), 3), 5)
		return append(head, s.peers...)
	case action == actionScrape && be.Uint64(b) == s.id:
		all := append(be.AppendUint32(nil, actionScrape), b[12:16]...)
		for range (len(b) - 16) / 20 {
			all = be.AppendUint32(be.AppendUint32(be.AppendUint32(all, 5), 9), 3)
		}
		return all
	}
	return append(append(be.AppendUint32(nil, actionError), b[12:16]...), "bad request"...)
}

// seen lists the requests so far.
func (s *udpTracker) seen() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *udpTracker) answers(b []byte) [][]byte {
	a := s.answer(b)
	if s.reply != nil {
		return s.reply(b, a)
	}
	return [][]byte{a}
}

// serve answers on a socket until the test ends.
func (s *udpTracker) serve(t *testing.T, family, address string) string {
	t.Helper()
	conn, err := net.ListenPacket(family, address)
	if err != nil {
		t.Skipf("no socket: %v", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			for _, a := range s.answers(b[:n]) {
				conn.WriteTo(a, from) //nolint:errcheck // a lost datagram is part of the game
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

func TestUDPOverSockets(t *testing.T) {
	for _, c := range []struct {
		family, address, peers string
		want                   []netip.AddrPort
	}{
		{"udp4", "127.0.0.1:0", "\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x00\x00", addrs("1.2.3.4:6881")},
		{"udp6", "[::1]:0", "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x1a\xe1", addrs("[2001:db8::1]:6881")},
	} {
		t.Run(c.family, func(t *testing.T) {
			s := &udpTracker{peers: c.peers}
			address := s.serve(t, c.family, c.address)
			status, found := once(t, "udp://"+address+"/announce?passkey=secret")
			if status.Err != nil || !slices.Equal(found, c.want) || status.Seeders != 5 || status.Leechers != 3 {
				t.Errorf("%+v, found %v", status, found)
			}
			requests := s.seen()
			if len(requests) != 2 || !bytes.HasSuffix(requests[1], []byte("\x02\x18/announce?passkey=secret")) {
				t.Fatalf("requests %q", requests)
			}
			if event := binary.BigEndian.Uint32(requests[1][80:]); event != uint32(eventStarted) {
				t.Errorf("event %d", event)
			}
		})
	}
}

func TestUDPByNameOverBothFamilies(t *testing.T) {
	n, err := network.New(network.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := n.Listen(network.PortRange{})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if l.UDP6 == nil {
		t.Skip("no IPv6 here")
	}
	port := strings.TrimPrefix(netip.AddrPortFrom(netip.IPv4Unspecified(), l.Port).String(), "0.0.0.0")
	four := &udpTracker{peers: "\x01\x02\x03\x04\x1a\xe1"}
	six := &udpTracker{peers: "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x1a\xe1"}
	four.serve(t, "udp4", "127.0.0.1"+port)
	six.serve(t, "udp6", "[::1]"+port)
	addresses, err := net.LookupHost("localhost")
	if err != nil || len(addresses) < 2 {
		t.Skip("localhost has one family here")
	}
	status, found := once(t, "udp://localhost"+port)
	if status.Err != nil || len(found) != 2 {
		t.Errorf("%+v, found %v", status, found)
	}
}

func TestUDPRefusesWhatIsNoAnswer(t *testing.T) {
	wrong := func(a []byte) []byte { // another transaction
		b := bytes.Clone(a)
		b[7]++
		return b
	}
	for _, c := range []struct {
		name  string
		reply func(request, answer []byte) [][]byte
		err   error
		text  string
	}{
		{"other transactions first", func(_, a []byte) [][]byte { return [][]byte{wrong(a), {}, []byte("x"), wrong(a), a} }, nil, ""},
		{"everything twice", func(_, a []byte) [][]byte { return [][]byte{a, a} }, nil, ""},
		{"flood", func(_, a []byte) [][]byte { return slices.Repeat([][]byte{wrong(a)}, 100) }, errStray, ""},
		{"short", func(_, a []byte) [][]byte { return [][]byte{a[:8]} }, errShort, ""},
		{"other action", func(_, a []byte) [][]byte {
			b := bytes.Clone(a)
			b[3] = 2
			return [][]byte{b}
		}, errAction, ""},
		{"error", func(_, a []byte) [][]byte {
			return [][]byte{append(append([]byte{0, 0, 0, 3}, a[4:8]...), "no secret-passkey\x00"...)}
		}, nil, "tracker refused: no ***"},
		{"long", func(_, a []byte) [][]byte { return [][]byte{append(bytes.Clone(a), make([]byte, 60_000)...)} }, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &udpTracker{peers: "\x01\x02\x03\x04\x1a\xe1", reply: c.reply}
			status, found := once(t, "udp://"+s.serve(t, "udp4", "127.0.0.1:0")+"/announce?secret-passkey")
			switch {
			case c.err != nil:
				if !errors.Is(status.Err, c.err) {
					t.Errorf("error %v, want %v", status.Err, c.err)
				}
			case c.text != "":
				if status.Err == nil || !strings.HasSuffix(status.Err.Error(), c.text) {
					t.Errorf("error %v, want %s", status.Err, c.text)
				}
			case status.Err != nil || len(found) != 1:
				t.Errorf("error %v, found %v", status.Err, found)
			}
		})
	}
}

func TestUDPNobodyThere(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := conn.LocalAddr().String()
	conn.Close()
	if status, _ := once(t, "udp://"+address); status.Err == nil {
		t.Errorf("%+v", status)
	}
}

// wire dials trackers in memory, over udp4 only. Datagrams are the writes to a pipe.
type wire struct {
	tracker *udpTracker
	// lose says whether the nth datagram to the tracker is lost, from 0.
	lose  func(n int) bool
	start time.Time

	mu   sync.Mutex
	sent []time.Duration
	open atomic.Int32
}

func (w *wire) DialContext(ctx context.Context, family, _ string) (net.Conn, error) {
	if family != "udp4" {
		return nil, network.ErrFamily
	}
	ours, theirs := net.Pipe()
	w.open.Add(1)
	go func() {
		defer w.open.Add(-1)
		defer theirs.Close()
		b := make([]byte, 4096)
		for {
			n, err := theirs.Read(b)
			if err != nil {
				return
			}
			w.mu.Lock()
			k := len(w.sent)
			w.sent = append(w.sent, time.Since(w.start))
			w.mu.Unlock()
			if w.lose != nil && w.lose(k) {
				continue
			}
			for _, a := range w.tracker.answers(b[:n]) {
				if _, err := theirs.Write(a); err != nil {
					return
				}
			}
		}
	}()
	return ours, nil
}

func (w *wire) announcer() *Announcer {
	w.start = time.Now()
	w.tracker = &udpTracker{peers: "\x01\x02\x03\x04\x1a\xe1"}
	return New(Config{Tiers: [][]string{{"udp://t:1"}}, Net: w})
}

func TestUDPRepeats(t *testing.T) {
	for _, c := range []struct {
		name string
		lost []int
		want []time.Duration // seconds
		ok   bool
	}{
		{"nothing lost", nil, []time.Duration{0, 0}, true},
		{"connect lost once", []int{0}, []time.Duration{0, 15, 15}, true},
		{"connect lost twice", []int{0, 1}, []time.Duration{0, 15, 45, 45}, true},
		{"announce lost once", []int{1}, []time.Duration{0, 0, 15}, true},
		{"both lost once", []int{0, 2}, []time.Duration{0, 15, 15, 30}, true},
		{"everything lost", []int{0, 1, 2}, []time.Duration{0, 15, 45}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{lose: func(n int) bool { return slices.Contains(c.lost, n) }}
				a := w.announcer()
				if ok := a.tiers[0].endpoints[0].announce(t.Context()); ok != c.ok {
					t.Errorf("announced: %v, %v", ok, a.Status()[0].Err)
				}
				took := time.Since(w.start)
				synctest.Wait()
				for i, d := range w.sent {
					w.sent[i] = d / time.Second
				}
				if !slices.Equal(w.sent, c.want) {
					t.Errorf("sent at %d s, want %d s", w.sent, c.want)
				}
				if !c.ok && !errors.Is(a.Status()[0].Err, context.DeadlineExceeded) {
					t.Errorf("error %v", a.Status()[0].Err)
				}
				if took > attemptTimeout {
					t.Errorf("took %v", took)
				}
				if w.open.Load() != 0 {
					t.Error("a socket is open")
				}
			})
		})
	}
}

// A connection id is used for no longer than a minute: by then an attempt is over, and the next one
// asks for another.
func TestUDPConnectionIDs(t *testing.T) {
	if attemptTimeout > time.Minute {
		t.Error("an attempt outlives a connection id")
	}
	synctest.Test(t, func(t *testing.T) {
		w := new(wire)
		a := w.announcer()
		end := run(t, a)
		time.Sleep(91 * time.Minute)
		end()
		a.Stop(t.Context())
		seen := make(map[string]bool)
		transactions := make(map[string]bool)
		requests := w.tracker.seen()
		for i, r := range requests {
			transactions[string(r[12:16])] = true
			if i%2 == 1 {
				seen[string(r[:8])] = true
			}
		}
		if len(requests) != 10 || len(seen) != 5 || len(transactions) != 10 {
			t.Errorf("%d requests, %d connection ids, %d transactions", len(requests), len(seen), len(transactions))
		}
		last := requests[9]
		if event(binary.BigEndian.Uint32(last[80:])) != eventStopped || binary.BigEndian.Uint32(last[92:]) != 0 {
			t.Errorf("last request %x", last)
		}
	})
}

// With little time left, a goodbye is repeated sooner.
func TestUDPGoodbyeInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{lose: func(n int) bool { return n == 2 }}
		a := w.announcer()
		end := run(t, a)
		synctest.Wait()
		end()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		a.Stop(ctx)
		requests := w.tracker.seen()
		last := requests[len(requests)-1]
		if len(last) < 98 || event(binary.BigEndian.Uint32(last[80:])) != eventStopped || time.Since(w.start) != time.Second {
			t.Errorf("after %v the last request was %x", time.Since(w.start), last)
		}
	})
}

func TestUDPEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{lose: func(int) bool { return true }}
		a := w.announcer()
		end := run(t, a)
		time.Sleep(20 * time.Second)
		end()
		if d := time.Since(w.start); d != 20*time.Second {
			t.Errorf("ended after %v", d)
		}
		a.Stop(t.Context())
		synctest.Wait()
		if w.open.Load() != 0 {
			t.Error("a socket is open")
		}
	})
}
