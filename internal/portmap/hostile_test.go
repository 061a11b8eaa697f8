package portmap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A device may say what it wants and as slowly as it wants: the search is over in time, and reads little.
func TestHostileUPnP(t *testing.T) {
	t.Parallel()
	flood := func(w io.Writer, text string) {
		for {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	}
	const head = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">`
	for name, say := range map[string]http.HandlerFunc{
		"endless":  func(w http.ResponseWriter, r *http.Request) { flood(w, head+strings.Repeat(" ", 4096)) },
		"noise":    func(w http.ResponseWriter, r *http.Request) { flood(w, "\x00\xff<<>>&&") },
		"one name": func(w http.ResponseWriter, r *http.Request) { flood(w, "<"+strings.Repeat("x", 4096)) },
		"nested":   func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, head); flood(w, "<device>") },
		"many": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, head)
			flood(w, "<device><serviceList><service/></serviceList></device>")
		},
		"entities": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`+head+"&b;")
		},
		"silent":     func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"gone":       func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"redirected": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			flood(w, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(say)
			defer web.Close()
			defer web.CloseClientConnections()
			search := udpServer(t, func([]byte, netip.AddrPort) []byte {
				return []byte("HTTP/1.1 200 OK\r\nLOCATION: " + web.URL + "/x\r\n\r\n")
			})
			r, err := probeUPnP(within(t, probeTime), testNetwork(t), place{search: []netip.AddrPort{search}})
			if err == nil {
				t.Errorf("found %s", r.name())
			} else if len(short(err)) > maxText+3 {
				t.Errorf("%d bytes of error", len(short(err)))
			}
		})
	}
}

// What is no answer of HTTP is passed over, and so is who is too far away to be a router of ours.
func TestSearchAnswers(t *testing.T) {
	s := &searcher{at: place{gateway: netip.MustParseAddrPort("203.0.113.1:5351")}}
	for text, want := range map[string]bool{
		"203.0.113.1": true, "192.168.1.1": true, "10.0.0.138": true, "100.64.0.1": true, "169.254.1.1": true,
		"203.0.113.2": false, "8.8.8.8": false, "100.128.0.1": false,
	} {
		if got := s.near(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is near: %v", text, got)
		}
	}
	for name, answer := range map[string]string{
		"nothing": "", "noise": "\x00\x01\x02", "a request": "NOTIFY * HTTP/1.1\r\n\r\n", "refusal": "HTTP/1.1 404 No\r\n\r\n",
		"no location": "HTTP/1.1 200 OK\r\n\r\n", "location of nothing": "HTTP/1.1 200 OK\r\nLOCATION: %%%\r\n\r\n",
		"location of a file": "HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n", "cut": "HTTP/1.1 200 OK\r\nLOCA",
		"sender of its own": "HTTP/1.1 200 OK\r\nLOCATION: http://192.168.0.9:1/\r\n" + senderHeader + ": 192.168.0.9\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			search := udpServer(t, func([]byte, netip.AddrPort) []byte { return []byte(answer) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if r, err := probeUPnP(ctx, testNetwork(t), place{search: []netip.AddrPort{search}}); err == nil {
				t.Errorf("found %s", r.name())
			}
		})
	}
}

func TestTheGatewayIsAskedFirst(t *testing.T) {
	at := place{gateway: netip.MustParseAddrPort("192.168.1.1:5351")}
	var answers []*http.Response
	for _, from := range []string{"192.168.1.9", "192.168.1.1", "192.168.1.7"} {
		answers = append(answers, &http.Response{Header: http.Header{senderHeader: {from}}}) //nolint:bodyclose // it has none
	}
	slices.SortStableFunc(answers, func(a, b *http.Response) int { return others(a, at) - others(b, at) })
	var order []string
	for _, a := range answers {
		order = append(order, a.Header.Get(senderHeader))
	}
	if want := []string{"192.168.1.1", "192.168.1.9", "192.168.1.7"}; !slices.Equal(order, want) {
		t.Errorf("asked in the order %v", order)
	}
}

// fakeRouter is a router in memory.
type fakeRouter struct {
	addr    netip.Addr
	refuses atomic.Bool
	opened  atomic.Int32
	shuts   atomic.Int32
}

func (*fakeRouter) name() string { return "fake" }

func (f *fakeRouter) external(context.Context) (netip.Addr, error) { return f.addr, nil }

func (f *fakeRouter) open(_ context.Context, _ string, _, wanted uint16, _ time.Duration) (uint16, time.Duration, error) {
	f.opened.Add(1)
	if f.refuses.Load() {
		return 0, 0, errors.New("no")
	}
	return wanted, 0, nil // for no time, which is not to be taken literally
}

func (f *fakeRouter) shut(context.Context, string, uint16, uint16) error {
	f.shuts.Add(1)
	return nil
}

// held keeps a port open at a router in virtual time, at a place that may change.
func held(t *testing.T, r router) (move chan<- string, told func() []string, end func() (opened, moved bool)) {
	t.Helper()
	var mu sync.Mutex
	var news []string
	at := func(self string) place { return place{self: netip.MustParseAddr(self)} }
	now := at("10.0.0.2")
	m := &Mapper{cfg: Config{Port: 6881, Mapped: func(m Mapping) {
		mu.Lock()
		defer mu.Unlock()
		news = append(news, fmt.Sprint(m.TCP, m.UDP))
	}}, log: slog.New(slog.DiscardHandler), where: func() place {
		mu.Lock()
		defer mu.Unlock()
		return now
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan [2]bool, 1)
	go func() {
		opened, moved := m.keep(ctx, r, at("10.0.0.2"))
		done <- [2]bool{opened, moved}
	}()
	places := make(chan string)
	go func() {
		for p := range places {
			mu.Lock()
			now = at(p)
			mu.Unlock()
		}
	}()
	return places, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(news)
		}, func() (bool, bool) {
			close(places)
			cancel()
			r := <-done
			return r[0], r[1]
		}
}

func TestRouterIsNotAskedTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(fakeRouter)
		_, told, end := held(t, r)
		time.Sleep(time.Hour)
		if n := r.opened.Load(); n > 2*70 {
			t.Errorf("asked %d times in an hour", n)
		}
		if opened, moved := end(); !opened || moved || r.shuts.Load() != 2 || !slices.Equal(told(), []string{"6881 6881"}) {
			t.Errorf("opened %v, moved %v, given back %d, told %v", opened, moved, r.shuts.Load(), told())
		}
	})
}

func TestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(fakeRouter)
		places, told, end := held(t, r)
		time.Sleep(time.Minute)
		places <- "192.168.7.7"
		time.Sleep(2 * time.Minute)
		if opened, moved := end(); !opened || !moved || r.shuts.Load() != 0 || !slices.Equal(told(), []string{"6881 6881", "0 0"}) {
			t.Errorf("opened %v, moved %v, given back %d, told %v", opened, moved, r.shuts.Load(), told())
		}
	})
}

func TestLostMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(fakeRouter)
		_, told, end := held(t, r)
		time.Sleep(time.Minute)
		r.refuses.Store(true)
		time.Sleep(10 * time.Minute)
		if opened, moved := end(); !opened || moved || !slices.Equal(told(), []string{"6881 6881", "0 0"}) {
			t.Errorf("opened %v, moved %v, told %v", opened, moved, told())
		}
	})
}

// FuzzDescription: whatever a device says of itself, only addresses of its own are asked.
func FuzzDescription(f *testing.F) {
	f.Add([]byte(`<root xmlns="urn:schemas-upnp-org:device-1-0"><URLBase>http://10.0.0.1:1/</URLBase><device><serviceList><service>
		<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/c</controlURL></service></serviceList></device></root>`))
	f.Add([]byte(`<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device></device></deviceList></device></root>`))
	f.Add([]byte(`<root><device>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := &url.URL{Scheme: "http", Host: "10.0.0.1:80", Path: "/d.xml"}
		root, err := readDescription(strings.NewReader(string(b)), at)
		if err != nil {
			return
		}
		for _, service := range services {
			for _, s := range root.Device.FindService(service) {
				_ = s.ControlURL.URL.Hostname()
			}
		}
	})
}
