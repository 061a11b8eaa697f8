package portmap

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// run starts a mapper and waits for its first news.
func run(t *testing.T, at place) (*Mapper, Mapping) {
	t.Helper()
	news := make(chan Mapping, 10)
	m := start(Config{Port: 6881, Network: testNetwork(t), Mapped: func(m Mapping) { news <- m }}, func() place { return at })
	t.Cleanup(m.Close)
	select {
	case now := <-news:
		if m.Mapping() != now {
			t.Errorf("Mapping is %+v, was told %+v", m.Mapping(), now)
		}
		return m, now
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was opened")
	}
	return nil, Mapping{}
}

func TestOpensAndGivesBack(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(t *testing.T, b *box) place
		want  Mapping
	}{
		"PCP": {
			func(t *testing.T, b *box) place { return place{gateway: b.servePCP(t)} },
			Mapping{netip.MustParseAddr("203.0.113.8"), 6881, 6881, "PCP"},
		},
		"NAT-PMP": {
			func(t *testing.T, b *box) place { return place{gateway: b.serveNATPMP(t)} },
			Mapping{netip.MustParseAddr("203.0.113.7"), 40001, 40001, "NAT-PMP"},
		},
		"UPnP": {
			func(t *testing.T, b *box) place { return place{search: []netip.AddrPort{(&igd{box: b}).serve(t)}} },
			Mapping{netip.MustParseAddr("203.0.113.9"), 6881, 6881, "UPnP"},
		},
		"UPnP without leases": {
			func(t *testing.T, b *box) place {
				return place{search: []netip.AddrPort{(&igd{box: b, permanent: true}).serve(t)}}
			},
			Mapping{netip.MustParseAddr("203.0.113.9"), 6881, 6881, "UPnP"},
		},
		"PCP before UPnP": {
			func(t *testing.T, b *box) place {
				return place{gateway: b.servePCP(t), search: []netip.AddrPort{(&igd{box: newBox()}).serve(t)}}
			},
			Mapping{netip.MustParseAddr("203.0.113.8"), 6881, 6881, "PCP"},
		},
		"a silent gateway and UPnP": {
			func(t *testing.T, b *box) place {
				silent := udpServer(t, func([]byte, netip.AddrPort) []byte { return nil })
				return place{gateway: silent, search: []netip.AddrPort{silent, (&igd{box: b}).serve(t)}}
			},
			Mapping{netip.MustParseAddr("203.0.113.9"), 6881, 6881, "UPnP"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox()
			m, got := run(t, c.serve(t, b))
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if s := b.state(); !strings.Contains(s, "tcp") || !strings.Contains(s, "udp") {
				t.Errorf("open are %s", s)
			}
			m.Close()
			if s := b.state(); s != "map[]" {
				t.Errorf("left open: %s", s)
			}
		})
	}
}

// A port that another machine in the same network has is passed over for another number, the same for
// both protocols.
func TestUPnPPortOfAnotherMachine(t *testing.T) {
	t.Parallel()
	_, got := run(t, place{search: []netip.AddrPort{(&igd{box: newBox(), conflict: "6881"}).serve(t)}})
	if got.TCP < 10000 || got.UDP != got.TCP {
		t.Errorf("got %+v", got)
	}
}

// Devices that name other hosts than themselves are not asked anything.
func TestUPnPAsksNobodyElse(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*igd{
		"description elsewhere":   {box: newBox(), location: "http://127.0.0.2:1/x"},
		"description not on HTTP": {box: newBox(), location: "https://127.0.0.1:1/x"},
		"control elsewhere":       {box: newBox(), control: "http://127.0.0.2:1/control"},
	} {
		r, err := probeUPnP(within(t, probeTime), testNetwork(t), place{search: []netip.AddrPort{g.serve(t)}})
		if err == nil {
			t.Errorf("%s: found %s", name, r.name())
		}
	}
}

// The port is asked for again when half of the granted time is over: renewal is the same request.
func TestRenews(t *testing.T) {
	t.Parallel()
	b := newBox()
	r, err := probeNATPMP(within(t, probeTime), gateway{testNetwork(t).Dialer(network.Policy{Trusted: true}), b.serveNATPMP(t)})
	if err != nil {
		t.Fatal(err)
	}
	m := &Mapper{cfg: Config{Port: 6881}}
	first, wait, err := m.ask(t.Context(), r, Mapping{By: r.name()})
	if err != nil || wait != lifetime/2 {
		t.Fatalf("%+v, again in %s, %v", first, wait, err)
	}
	second, _, err := m.ask(t.Context(), r, first)
	if err != nil || second != first {
		t.Errorf("renewed to %+v, %v, was %+v", second, err, first)
	}
}

// A router that refuses the renewal has taken the port away.
func TestRefusedRenewal(t *testing.T) {
	t.Parallel()
	refuse := udpServer(t, func(in []byte, _ netip.AddrPort) []byte { return []byte{0, in[1] | 0x80, 0, 2} })
	r := natpmp{gateway{testNetwork(t).Dialer(network.Policy{Trusted: true}), refuse}}
	m := &Mapper{cfg: Config{Port: 6881}}
	now, _, err := m.ask(t.Context(), r, Mapping{TCP: 1, UDP: 2})
	if err == nil || now.TCP != 0 || now.UDP != 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestCloseIsQuick(t *testing.T) {
	t.Parallel()
	deaf := false
	mute := udpServer(t, func(in []byte, _ netip.AddrPort) []byte {
		if deaf = deaf || len(in) == 12 && binary.BigEndian.Uint32(in[8:]) == 0; deaf {
			return nil // once the port is given back it says nothing
		}
		out := append([]byte{0, in[1] | 0x80, 0, 0, 0, 0, 0, 9}, 203, 0, 113, 7)
		if in[0] != 0 {
			return nil
		}
		if in[1] == 0 {
			return out
		}
		return append(append(out[:8], in[4:8]...), in[8:12]...)
	})
	m, _ := run(t, place{gateway: mute})
	began := time.Now()
	m.Close()
	if took := time.Since(began); took > 3*time.Second { // a second, on a machine that is not busy
		t.Errorf("closing took %s", took)
	}
}

func TestNoRouter(t *testing.T) {
	t.Parallel()
	m := start(Config{Port: 6881, Network: testNetwork(t)}, func() place { return place{} })
	m.Close()
	if m.Mapping() != (Mapping{}) {
		t.Errorf("%+v", m.Mapping())
	}
	if at := findPlace("127.0.0.1"); at.gateway.IsValid() || len(at.search) > 0 {
		t.Errorf("there is a router on loopback: %+v", at)
	}
	if at := findPlace("no-such-device"); at.gateway.IsValid() || len(at.search) > 0 {
		t.Errorf("there is a router on no device: %+v", at)
	}
}

// Whatever a gateway answers, nothing breaks, and nothing is opened by halves.
func FuzzGatewayAnswer(f *testing.F) {
	f.Add([]byte{2, 0x81, 0, 0})
	f.Add(make([]byte, 60))
	f.Add([]byte{0, 0x80, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &pcp{}
		for _, op := range []byte{pcpAnnounce, pcpMap} {
			body := make([]byte, 36)
			p.accept(b, op, func(b []byte) bool { return mapAnswer(b, body) })
		}
		natpmp{}.accept(b, []byte{0, natTCP}, 16, func(b []byte) bool { return b[15] > 0 })
	})
}
