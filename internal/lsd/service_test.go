package lsd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// collector gathers what a run finds.
type collector struct {
	mu    sync.Mutex
	peers []netip.AddrPort
	first chan struct{}
	once  sync.Once
}

func (c *collector) add(p []netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers = append(c.peers, p...)
	c.once.Do(func() { close(c.first) })
}

func (c *collector) got() []netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.peers)
}

// start runs an infohash in the background until ctx ends.
func start(ctx context.Context, done *sync.WaitGroup, s *Service, h [20]byte, port uint16) *collector {
	c := &collector{first: make(chan struct{})}
	done.Go(func() { s.Run(ctx, h, port, c.add) })
	return c
}

// together runs a test in virtual time with a hub.
func together(t *testing.T, test func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		test(t, ctx, &done, &hub{})
		cancel()
		done.Wait()
	})
}

func TestFindEachOther(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		a, b := h.service("10.0.0.1"), h.service("10.0.0.2")
		defer a.Close()
		defer b.Close()
		fromA := start(ctx, done, a, hash(1), 7001)
		time.Sleep(time.Second)
		fromB := start(ctx, done, b, hash(1), 7002)
		other := start(ctx, done, b, hash(2), 7002)
		time.Sleep(10 * time.Minute)
		if got := fromA.got(); len(got) < 2 || len(got) > 3 || got[0] != netip.MustParseAddrPort("10.0.0.2:7002") {
			t.Errorf("a finds %v", got)
		}
		if got := fromB.got(); len(got) != 2 || got[0] != netip.MustParseAddrPort("10.0.0.1:7001") {
			t.Errorf("b finds %v", got)
		}
		if got := other.got(); len(got) != 0 {
			t.Errorf("b finds %v of a torrent that a does not have", got)
		}
	})
}

func TestAnnouncesAtIntervals(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		defer s.Close()
		start(ctx, done, s, hash(1), 7001)
		time.Sleep(time.Second)
		if got := h.sent(); len(got) != 1 {
			t.Errorf("at the start: %q", got)
		}
		time.Sleep(interval - 2*time.Second)
		if got := h.sent(); len(got) != 0 {
			t.Errorf("within %v: %q", interval, got)
		}
		time.Sleep(time.Hour - interval + 2*time.Second)
		if got := h.sent(); len(got) != 12 {
			t.Errorf("%d announces in the hour", len(got))
		}
	})
}

func TestStoppedAndStartedAnnouncesOnceAMinute(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		defer s.Close()
		for range 60 {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			s.Run(ctx, hash(1), 7001, func([]netip.AddrPort) {})
			cancel()
		}
		if got := h.sent(); len(got) != 5 {
			t.Errorf("%d announces in five minutes, want 5", len(got))
		}
		start(ctx, done, s, hash(2), 7001)
		time.Sleep(2 * interval)
		h.sent()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.torrents) != 1 {
			t.Errorf("%d torrents are remembered, one runs", len(s.torrents))
		}
	})
}

func TestTorrentsShareMessages(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		a, b := h.service("10.0.0.1"), h.service("10.0.0.2")
		defer a.Close()
		defer b.Close()
		var finds []*collector
		for i := range 100 {
			finds = append(finds, start(ctx, done, b, hash(i), 7002))
		}
		time.Sleep(time.Second)
		if got := h.sent(); len(got) != 5 || slices.ContainsFunc(got, func(m string) bool { return len(m) > maxSent }) {
			t.Errorf("100 torrents make %d messages", len(got))
		}
		for i := range 100 {
			start(ctx, done, a, hash(i), uint16(7001+2*(i%2)))
		}
		time.Sleep(time.Second)
		if got := h.sent(); len(got) != 6 {
			t.Errorf("100 torrents on two ports make %d messages", len(got))
		}
		for i, f := range finds {
			want := fmt.Sprintf("10.0.0.1:%d", 7001+2*(i%2))
			if got := f.got(); len(got) != 1 || got[0].String() != want {
				t.Errorf("torrent %d: found %v, want %s", i, got, want)
			}
		}
	})
}

func TestFloodsAreCutOff(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		defer s.Close()
		found := start(ctx, done, s, hash(1), 7001)
		time.Sleep(time.Second)
		flooder, friend := h.join("10.0.0.66"), h.join("10.0.0.2")
		for range 500 {
			m := message{host: flooder.group(), port: 6666, hashes: [][20]byte{hash(1)}}
			flooder.send(m.append(nil))
		}
		time.Sleep(100 * time.Millisecond)
		m := message{host: friend.group(), port: 7002, hashes: [][20]byte{hash(1)}}
		friend.send(m.append(nil))
		time.Sleep(100 * time.Millisecond)
		count := map[string]int{}
		for _, p := range found.got() {
			count[p.String()]++
		}
		if count["10.0.0.66:6666"] != 1 || count["10.0.0.2:7002"] != 1 {
			t.Errorf("found %v", count)
		}
	})
}

// Whoever names a thousand ports, of his own or under forged addresses, has few of them believed.
func TestForgedPeersAreBounded(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		defer s.Close()
		found := start(ctx, done, s, hash(1), 7001)
		time.Sleep(time.Second)
		lone := h.join("10.0.0.66")
		for port := range 500 {
			m := message{host: lone.group(), port: uint16(1 + port), hashes: [][20]byte{hash(1), hash(1)}}
			lone.send(m.append(nil))
			time.Sleep(110 * time.Millisecond)
		}
		if got := len(found.got()); got != maxPorts {
			t.Errorf("%d ports of one host are believed", got)
		}
		time.Sleep(time.Minute)
		for i := range 50 * 199 {
			m := message{host: lone.group(), port: 7002, hashes: [][20]byte{hash(1)}}
			forger := h.join(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}).String())
			forger.send(m.append(nil))
			h.leave(forger)
			time.Sleep(time.Second / 199)
		}
		if got := len(found.got()) - maxPorts; got != maxHeard {
			t.Errorf("%d of many hosts are believed within a minute", got)
		}
	})
}

// Torrents that start one after another, and a great many that start together, are announced in rounds.
func TestNoStorm(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		defer s.Close()
		for i := range 600 { // a minute of new torrents, more often than anything is gathered
			start(ctx, done, s, hash(i), 7001)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * roundPause)
		got := h.sent()
		if hashes := strings.Count(strings.Join(got, ""), "Infohash"); hashes != 600 || len(got) > 45 {
			t.Errorf("%d messages with %d infohashes", len(got), hashes)
		}
		for i := range 1000 {
			start(ctx, done, s, hash(1000+i), 7001)
		}
		for range 5 {
			time.Sleep(roundPause)
			if got := h.sent(); len(got) > maxRound {
				t.Errorf("%d messages in a round", len(got))
			}
		}
		time.Sleep(2 * roundPause)
		h.sent()
		time.Sleep(interval)
		if hashes := strings.Count(strings.Join(h.sent(), ""), "Infohash"); hashes < 1500 || hashes > 1700 {
			t.Errorf("%d announces of 1600 torrents in %v", hashes, interval)
		}
	})
}

func TestInflowOfManyHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l inflow
		count := func() (passed int) {
			for i := range 10_000 {
				if l.allow(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})) {
					passed++
				}
			}
			return passed
		}
		if got := count(); got != maxMessages || len(l.hosts) > maxMessages {
			t.Errorf("%d pass, %d hosts are kept in mind", got, len(l.hosts))
		}
		time.Sleep(time.Second)
		if got := count(); got != maxMessages {
			t.Errorf("a second later %d pass", got)
		}
	})
}

func TestRunEnds(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := s.Run(short, hash(1), 1, func([]netip.AddrPort) {}); err != context.DeadlineExceeded {
			t.Errorf("Run gives %v", err)
		}
		time.AfterFunc(time.Second, func() { s.Close() })
		if err := s.Run(ctx, hash(1), 1, func([]netip.AddrPort) {}); err != ErrClosed {
			t.Errorf("Run gives %v after Close", err)
		}
		if err := s.Run(ctx, hash(1), 1, func([]netip.AddrPort) {}); err != ErrClosed {
			t.Errorf("Run of a closed service gives %v", err)
		}
		s.Close()
	})
}

func TestSlowTakerHoldsNobodyUp(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		s := h.service("10.0.0.1")
		stuck := make(chan struct{})
		done.Go(func() { s.Run(ctx, hash(1), 7001, func([]netip.AddrPort) { <-stuck }) })
		free := start(ctx, done, s, hash(2), 7001)
		time.Sleep(time.Second)
		for i := range 300 {
			friend := h.join(netip.AddrFrom4([4]byte{10, 0, 1 + byte(i>>8), byte(i)}).String())
			m := message{host: friend.group(), port: 1000, hashes: [][20]byte{hash(1), hash(2)}}
			friend.send(m.append(nil))
			time.Sleep(time.Second)
		}
		if got := len(free.got()); got != 300 {
			t.Errorf("the other torrent found %d peers", got)
		}
		close(stuck)
		s.Close()
	})
}

// broken is a link whose network is gone.
type broken struct{ *member }

func (broken) send([]byte) error { return errors.New("network is unreachable") }
func (b broken) receive([]byte) (int, netip.Addr, error) {
	select {
	case <-b.closed:
		return 0, netip.Addr{}, net.ErrClosed
	default:
		return 0, netip.Addr{}, errors.New("no buffer space")
	}
}

func TestBrokenNetworkIsBorneQuietly(t *testing.T) {
	together(t, func(t *testing.T, ctx context.Context, done *sync.WaitGroup, h *hub) {
		var out bytes.Buffer
		s := newService([]link{broken{h.join("10.0.0.1")}}, slog.New(slog.NewTextHandler(&out, nil)))
		start(ctx, done, s, hash(1), 7001)
		time.Sleep(time.Hour)
		s.Close()
		if out.Len() > 0 {
			t.Errorf("logged above debug: %s", out.String())
		}
	})
}

func TestBindThatIsNotHere(t *testing.T) {
	for _, bind := range []string{"192.0.2.77", "nosuchinterface0", "2001:db8::77"} {
		s, err := New(Config{Bind: bind})
		if err == nil || !strings.HasPrefix(err.Error(), "start local discovery: bind to "+bind+": ") {
			t.Errorf("New(%s) gives %v", bind, err)
		}
		if err == nil {
			s.Close()
		}
	}
}

// TestMulticast uses the system's multicast on loopback.
func TestMulticast(t *testing.T) {
	for _, bind := range []string{"127.0.0.1", "::1"} {
		t.Run(bind, func(t *testing.T) {
			if !multicastWorks(t, bind) {
				t.Skip("no multicast here")
			}
			ctx, cancel := context.WithCancel(t.Context())
			var done sync.WaitGroup
			var services []*Service
			for range 2 {
				s, err := New(Config{Bind: bind})
				if err != nil {
					t.Fatal(err)
				}
				services = append(services, s)
			}
			h := hash(int(time.Now().UnixNano() & 0xffff))
			a := start(ctx, &done, services[0], h, 7001)
			b := start(ctx, &done, services[1], h, 7002)
			for _, c := range []*collector{a, b} {
				select {
				case <-c.first:
				case <-time.After(20 * time.Second):
					t.Error("nothing is found")
				}
			}
			if got := a.got(); len(got) == 0 || got[0].Port() != 7002 {
				t.Errorf("a finds %v", got)
			}
			cancel()
			done.Wait()
			for _, s := range services {
				s.Close()
			}
		})
	}
}

// multicastWorks sends one message and looks whether it comes back.
func multicastWorks(t *testing.T, bind string) bool {
	t.Helper()
	six := strings.Contains(bind, ":")
	m, err := openMulticast(bind, six, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Log(err)
		return false
	}
	defer m.close()
	if err := m.send([]byte("hello")); err != nil || len(m.senders) == 0 {
		t.Log(len(m.senders), err)
		return false
	}
	heard := make(chan bool, 1)
	go func() {
		b := make([]byte, 100)
		for {
			n, _, err := m.receive(b)
			if err != nil || string(b[:n]) == "hello" {
				heard <- err == nil
				return
			}
		}
	}()
	select {
	case ok := <-heard:
		return ok
	case <-time.After(2 * time.Second):
		m.close()
		<-heard
		return false
	}
}
