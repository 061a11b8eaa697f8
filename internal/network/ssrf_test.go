package network

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// canary is a service that nobody should reach: every connection and every datagram is a hit.
type canary struct {
	port string
	hits atomic.Int32
	last atomic.Value // the last request line, or "datagram"
}

// newCanary listens on one port of both loopback addresses, over TCP and UDP.
func newCanary(t *testing.T) *canary {
	t.Helper()
	l := mustListen(t, mustNew(t, Options{}), PortRange{})
	c := &canary{port: fmt.Sprint(l.Port)}
	var work sync.WaitGroup
	for _, tcp := range l.TCP {
		work.Go(func() {
			for {
				conn, err := tcp.Accept()
				if err != nil {
					return
				}
				c.hits.Add(1)
				b := make([]byte, 1024)
				n, err := conn.Read(b)
				if err == nil {
					line, _, _ := strings.Cut(string(b[:n]), "\r\n")
					c.last.Store(line)
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
				}
				conn.Close()
			}
		})
	}
	for _, udp := range []net.PacketConn{l.UDP4, l.UDP6} {
		if udp == nil {
			continue
		}
		work.Go(func() {
			for b := make([]byte, 10); ; {
				if _, _, err := udp.ReadFrom(b); err != nil {
					return
				}
				c.hits.Add(1)
				c.last.Store("datagram")
			}
		})
	}
	t.Cleanup(func() {
		l.Close()
		work.Wait()
	})
	return c
}

// untouched checks that nobody came since the last time.
func (c *canary) untouched(t *testing.T, by string) {
	t.Helper()
	if n := c.hits.Swap(0); n != 0 {
		t.Errorf("%s: the canary was hit %d times, by %v", by, n, c.last.Load())
	}
}

// names is a DNS server that everybody in this process asks for as long as the test runs. Each question is
// answered with the next of the sets of addresses that the name has, and with the last one from then on.
type names struct {
	mu    sync.Mutex
	sets  map[string][][]string
	asked map[string]int
}

func serveNames(t *testing.T, sets map[string][][]string) *names {
	t.Helper()
	s := &names{sets: sets, asked: make(map[string]int)}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for b := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if reply := s.answer(b[:n]); reply != nil {
				conn.WriteTo(reply, from) //nolint:errcheck // asked again then
			}
		}
	})
	was := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = was
		conn.Close()
		work.Wait()
	})
	return s
}

func (s *names) answer(b []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(b) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m = dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true}, Questions: m.Questions}
	for _, text := range s.next(strings.ToLower(strings.TrimSuffix(q.Name.String(), ".")), q.Type) {
		h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET}
		switch ip := netip.MustParseAddr(text); {
		case q.Type == dnsmessage.TypeA && ip.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
		case q.Type == dnsmessage.TypeAAAA && !ip.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// next gives the addresses of a name, and moves on after the question for A, which is asked once a lookup.
func (s *names) next(name string, kind dnsmessage.Type) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sets := s.sets[name]
	if len(sets) == 0 {
		return nil
	}
	set := sets[min(s.asked[name], len(sets)-1)]
	if kind == dnsmessage.TypeA {
		s.asked[name]++
	}
	return set
}

// insiders are hosts in all spellings that lead to this machine, to its link or nowhere.
var insiders = []string{
	"127.0.0.1", "127.0.0.2", "127.255.255.254", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
	"[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[::1%25lo]",
	"0.0.0.0", "0", "[::]", "[::%25lo]", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.",
	"１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "localhost", "LocalHost", "localhost.", "ｌｏｃａｌｈｏｓｔ",
	"169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1%25lo]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16",
	"255.255.255.255", "224.0.0.1", "[ff02::1%25lo]", "240.0.0.1",
	"self.test", "self6.test", "mapped.test", "zero.test", "link.test", "mixed.test", "flip.test", "user@self.test", "public.test@127.0.0.1",
}

// insiderNames is what the DNS says of those that are names.
func insiderNames() map[string][][]string {
	return map[string][][]string{
		"self.test": {{"127.0.0.1"}}, "self6.test": {{"::1"}}, "mapped.test": {{"::ffff:127.0.0.1"}}, "zero.test": {{"0.0.0.0", "::"}},
		"link.test": {{"169.254.169.254", "fe80::1"}}, "mixed.test": {{"169.254.169.254", "127.0.0.1", "::1"}},
		"flip.test":     {{"169.254.169.254"}, {"127.0.0.1"}, {"::1"}, {"127.0.0.1"}},
		"announce.test": {{"127.0.0.1"}},
	}
}

// Nothing that a torrent may say leads a request to this machine, but announces to /announce and /scrape.
func TestSSRF(t *testing.T) {
	c := newCanary(t)
	serveNames(t, insiderNames())
	n := mustNew(t, Options{})
	for _, kind := range []struct {
		name   string
		policy Policy
		paths  []string
	}{
		{"web seed", WebSeedPolicy(false), []string{"/", "/file", "/announce", "/file?x=y"}},
		{"tracker", TrackerPolicy(false), []string{
			"/", "/admin", "/announce/", "/announce/x", "/announce;x", "//announce", "/x/../announce", "/./announce", "/announc%65",
			"/%2e%2e/announce", "/Announce", "/announce%00", "/announce%3Fx", "/x?/announce", "/x#/announce", "/announce.php", "/scrape/",
		}},
		{"zero", Policy{}, []string{"/x"}},
	} {
		client := n.HTTPClient(kind.policy)
		for _, host := range insiders {
			for _, path := range kind.paths {
				at := "http://" + host + ":" + c.port + path
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
				if err != nil {
					continue // not even a URL
				}
				if resp, err := client.Do(req); err == nil {
					resp.Body.Close()
					t.Errorf("%s: GET %s was let through", kind.name, at)
				}
				c.untouched(t, kind.name+" "+at)
			}
		}
		client.CloseIdleConnections()
	}
}

// The door is not shut for everybody: what may get through does.
func TestSSRFAllowed(t *testing.T) {
	c := newCanary(t)
	serveNames(t, insiderNames())
	for _, row := range []struct {
		policy Policy
		url    string
	}{
		{TrackerPolicy(false), "http://127.0.0.1:%s/announce?info_hash=x"},
		{TrackerPolicy(false), "http://127.0.0.1:%s/scrape?info_hash=x"},
		{TrackerPolicy(false), "http://announce.test:%s/announce"},
		{TrackerPolicy(false), "http://localhost:%s/announce"},
		{TrackerPolicy(true), "http://127.0.0.1:%s/x/announce?passkey=y"},
		{WebSeedPolicy(true), "http://self.test:%s/file?signature=y"},
		{Policy{Trusted: true}, "http://localhost:%s/a.torrent"},
	} {
		at := fmt.Sprintf(row.url, c.port)
		if _, err := get(t, client(t, row.policy), at); err != nil || c.hits.Swap(0) != 1 {
			t.Errorf("GET %s: %v", at, err)
		}
	}
	// Whoever typed the URL may reach this machine, and its link no more than others.
	for _, host := range []string{"0.0.0.0", "[::]", "link.test", "169.254.169.254", "zero.test", "224.0.0.1"} {
		for _, p := range []Policy{{Trusted: true}, TrackerPolicy(true), WebSeedPolicy(true)} {
			if _, err := get(t, client(t, p), "http://"+host+":"+c.port+"/announce"); !errors.Is(err, ErrRefused) {
				t.Errorf("GET %s = %v", host, err)
			}
			c.untouched(t, host)
		}
	}
}

// Trackers over UDP are not told from one another by a path; what is no host is refused all the same.
func TestSSRFOverUDP(t *testing.T) {
	c := newCanary(t)
	serveNames(t, insiderNames())
	n := mustNew(t, Options{})
	for _, host := range insiders {
		host = strings.Trim(strings.ReplaceAll(host, "%25", "%"), "[]")
		for _, p := range []Policy{WebSeedPolicy(false), {}} {
			conn, err := n.Dialer(p).DialContext(t.Context(), "udp", net.JoinHostPort(host, c.port))
			if err == nil {
				conn.Close()
				t.Errorf("dialled %s", host)
			}
			c.untouched(t, host)
		}
	}
}

// A name that meant an address outside when it was looked up first, and means this machine from then on, is
// refused at each connection, and so is a redirect to it.
func TestSSRFByRebinding(t *testing.T) {
	c := newCanary(t)
	// Bound to loopback, nothing gets to addresses outside, where nobody is to be bothered by a test.
	n := mustNew(t, Options{Bind: "127.0.0.1"})
	dns := serveNames(t, map[string][][]string{
		"rebind.test": {{"192.0.2.1"}, {"127.0.0.1"}}, "both.test": {{"192.0.2.1", "127.0.0.1"}},
		"start.test": {{"127.0.0.1"}},
	})
	for _, host := range []string{"rebind.test", "both.test"} {
		for _, p := range []Policy{WebSeedPolicy(false), TrackerPolicy(false), {}} {
			client := n.HTTPClient(p)
			for range 4 {
				if body, err := get(t, client, "http://"+host+":"+c.port+"/file"); err == nil {
					t.Errorf("%s: GET = %q", host, body)
				}
				c.untouched(t, host)
			}
		}
	}
	dns.mu.Lock()
	defer dns.mu.Unlock()
	if n := dns.asked["rebind.test"]; n < 4 {
		t.Errorf("rebind.test was looked up %d times", n)
	}
}

// A redirect leads no further inside, in whatever words it is said.
func TestSSRFByRedirect(t *testing.T) {
	hits := make(map[string]int) // by host
	var mu sync.Mutex
	var status int
	var location string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		hits[r.Host]++
		if r.Host == "public" || r.Host == "lan" {
			w.Header().Set("Location", location)
			w.Header().Set("Connection", "close")
			w.WriteHeader(status)
		}
	}))
	defer s.Close()
	w := world{
		"public": "8.8.8.8", "lan": "192.168.1.1", "router": "10.0.0.1", "self": "127.0.0.1", "meta": "169.254.169.254",
		"self6": "::1", "SELF": "127.0.0.1", "lan6": "fd00::1", "mapped": "::ffff:10.0.0.1", "nat64": "64:ff9b::10.0.0.1",
	}
	for _, from := range []string{"public", "lan"} {
		for _, to := range []string{
			"http://self/announce", "//self/announce", "HTTP://SELF/announce", "http://user:pass@self/announce", "http://self6/announce",
			"https://self/announce", "http://meta/announce", "http://lan/announce", "http://router/announce?x=y", "http://lan6/announce",
			"http://mapped/announce", "http://nat64/announce", "gopher://self/announce", "file:///announce", "unix:///announce", "http:self/announce",
		} {
			for status = range map[int]bool{301: true, 302: true, 303: true, 307: true, 308: true} {
				for _, p := range []Policy{TrackerPolicy(false), TrackerPolicy(true), WebSeedPolicy(true), {Trusted: true}} {
					mu.Lock()
					clear(hits)
					location = to
					mu.Unlock()
					get(t, w.client(t, p, s.Listener.Addr().String()), "http://"+from+"/announce") //nolint:errcheck // what counts is who was reached
					mu.Lock()
					for host, n := range hits {
						inside := from == "public" || strings.HasPrefix(strings.ToLower(host), "self") || host == "meta"
						if host != from && inside {
							t.Errorf("%d from %s to %s under %+v: %s was asked %d times", status, from, to, p, host, n)
						}
					}
					if hits[from] == 0 || to == "http://lan6/announce" && hits["lan6"] != map[string]int{"lan": 1}[from] {
						t.Errorf("%d from %s to %s under %+v: asked %v", status, from, to, p, hits)
					}
					mu.Unlock()
				}
			}
		}
	}
}

// With a proxy names are not looked up here, so it decides where they lead; it is not asked for what is inside
// by its name.
func TestSSRFThroughProxy(t *testing.T) {
	for _, scheme := range []string{"socks5", "http"} {
		s := &proxyServer{}
		n := mustNew(t, Options{Proxy: s.serve(t, scheme)})
		inside := append([]string{
			"metadata.google.internal", "METADATA.google.internal.", "metadata", "instance-data", "a.localhost", "localhost.localdomain",
			"ip6-localhost", "ip6-loopback", "x.metadata.google.internal",
		}, insiders...)
		for _, host := range inside {
			if strings.HasSuffix(host, ".test") {
				continue // leads where the proxy thinks
			}
			for _, p := range []Policy{WebSeedPolicy(false), {}} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/x", nil)
				if err != nil {
					continue
				}
				if resp, err := n.HTTPClient(p).Do(req); err == nil {
					resp.Body.Close()
					t.Errorf("GET %s was let through", host)
				} else if !errors.Is(err, ErrRefused) {
					t.Errorf("GET %s = %v", host, err)
				}
			}
		}
		// With a query, what a torrent names may not be in the local network.
		for _, host := range []string{"192.168.1.1", "router", "nas.local", "nas.lan", "nas.home.arpa", "wiki.corp", "x.internal", "[fd00::1]"} {
			if _, err := n.HTTPClient(WebSeedPolicy(false)).Get("http://" + host + "/x?reboot"); !errors.Is(err, ErrRefused) { //nolint:bodyclose // it fails
				t.Errorf("GET %s = %v", host, err)
			}
		}
		if got := s.asked(); got != "" {
			t.Errorf("the proxy was asked for %s", got)
		}
	}
}

// issue makes a certificate for a name, signed by a parent or by itself.
func issue(t *testing.T, name string, from, until time.Time, parent *tls.Certificate) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: from, NotAfter: until,
		IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signer, signed := tmpl, any(key)
	if parent != nil {
		signer, signed = parent.Leaf, parent.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, signer, key.Public(), signed)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TLS is verified for trackers, for web seeds and for the user's own URLs, directly and through a proxy.
func TestTLSIsVerified(t *testing.T) {
	now := time.Now()
	ca := issue(t, "ca", now.Add(-time.Hour), now.Add(time.Hour), nil)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	for _, c := range []struct {
		name string
		cert *tls.Certificate
		max  uint16
		good bool
	}{
		{"good", issue(t, "announce.test", now.Add(-time.Hour), now.Add(time.Hour), ca), 0, true},
		{"by itself", issue(t, "announce.test", now.Add(-time.Hour), now.Add(time.Hour), nil), 0, false},
		{"another name", issue(t, "other.test", now.Add(-time.Hour), now.Add(time.Hour), ca), 0, false},
		{"over", issue(t, "announce.test", now.Add(-2*time.Hour), now.Add(-time.Hour), ca), 0, false},
		{"not yet", issue(t, "announce.test", now.Add(time.Hour), now.Add(2*time.Hour), ca), 0, false},
		{"old version", issue(t, "announce.test", now.Add(-time.Hour), now.Add(time.Hour), ca), tls.VersionTLS11, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var hits atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
			s.TLS = &tls.Config{Certificates: []tls.Certificate{*c.cert}, MaxVersion: c.max, MinVersion: tls.VersionTLS10}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			defer s.Close()
			serveNames(t, insiderNames())
			proxy := &proxyServer{to: s.Listener.Addr().String()}
			for _, o := range []Options{{}, {Proxy: proxy.serve(t, "socks5")}, {Proxy: proxy.serve(t, "http")}} {
				for _, p := range []Policy{TrackerPolicy(true), WebSeedPolicy(true), {Trusted: true}} {
					door := newDoor(mustNew(t, o), p)
					for _, pool := range door.pools { // as if the system trusted it
						pool.TLSClientConfig = &tls.Config{RootCAs: roots}
					}
					_, port, err := net.SplitHostPort(s.Listener.Addr().String())
					if err != nil {
						t.Fatal(err)
					}
					_, err = get(t, &http.Client{Transport: door}, "https://announce.test:"+port+"/announce")
					door.CloseIdleConnections()
					if got := hits.Swap(0); (err == nil) != c.good || (got == 1) != c.good {
						t.Errorf("GET = %v, %d hits", err, got)
					}
				}
			}
		})
	}
}
