package network

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// proxyServer is a proxy that speaks SOCKS 5 or HTTP, asks for user and password if it has them, and
// leads everybody to one place, whatever they ask for.
type proxyServer struct {
	to       string
	login    string // user:password
	mu       sync.Mutex
	targets  []string
	greeting string // what is sent before the target says anything, in the same packet as the reply
}

func (s *proxyServer) serve(t *testing.T, scheme string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer c.Close()
				s.handle(c, scheme)
			})
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() })
	u := scheme + "://"
	if s.login != "" {
		u += s.login + "@"
	}
	p, err := ParseProxy(u + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *proxyServer) handle(c net.Conn, scheme string) {
	r := bufio.NewReader(c)
	var target string
	reply := "HTTP/1.1 200 fine\r\nX: y\r\n\r\n"
	if scheme == "http" {
		req, err := http.ReadRequest(r)
		if err != nil || req.Method != http.MethodConnect {
			return
		}
		req.Header.Set("Authorization", req.Header.Get("Proxy-Authorization"))
		if user, password, _ := req.BasicAuth(); s.login != "" && user+":"+password != s.login {
			io.WriteString(c, "HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
			return
		}
		target = req.Host
	} else {
		var ok bool
		if target, ok = s.socks(c, r); !ok {
			return
		}
		reply = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	}
	s.mu.Lock()
	s.targets = append(s.targets, target)
	s.mu.Unlock()
	to, err := net.Dial("tcp", s.to)
	if err != nil {
		return
	}
	defer to.Close()
	io.WriteString(c, reply+s.greeting)
	go func() {
		io.Copy(to, r)
		to.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(c, to)
}

// socks reads the requests of SOCKS 5.
func (s *proxyServer) socks(c net.Conn, r *bufio.Reader) (target string, ok bool) {
	take := func(n int) []byte {
		b := make([]byte, n)
		io.ReadFull(r, b)
		return b
	}
	methods := take(int(take(2)[1]))
	if s.login != "" {
		if !strings.Contains(string(methods), "\x02") {
			c.Write([]byte{5, 0xff})
			return "", false
		}
		c.Write([]byte{5, 2})
		user := take(int(take(2)[1]))
		password := take(int(take(1)[0]))
		if string(user)+":"+string(password) != s.login {
			c.Write([]byte{1, 1})
			return "", false
		}
		c.Write([]byte{1, 0})
	} else {
		c.Write([]byte{5, 0})
	}
	host := ""
	switch take(4)[3] {
	case 1:
		host = netip.AddrFrom4([4]byte(take(4))).String()
	case 4:
		host = netip.AddrFrom16([16]byte(take(16))).String()
	case 3:
		host = string(take(int(take(1)[0])))
	}
	port := binary.BigEndian.Uint16(take(2))
	return net.JoinHostPort(host, strings.TrimSpace(itoa(port))), true
}

func itoa(p uint16) string {
	return netip.AddrPortFrom(netip.IPv4Unspecified(), p).String()[len("0.0.0.0:"):]
}

func (s *proxyServer) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.targets, " ")
}

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"socks5://h": "socks5://h:1080", "socks5h://u:p@h:1": "socks5://h:1", "http://[::1]": "http://[::1]:8080",
		"http://h:80/": "http://h:80", "ftp://h": "", "h:1080": "", "socks5://": "", "http://h/x": "", "socks5://:1": "",
		"https://h": "", "http://u:secret@h:x": "", "socks5://" + strings.Repeat("u", 256) + "@h": "", "": "",
	} {
		p, err := ParseProxy(text)
		switch {
		case err == nil && p.String() != want:
			t.Errorf("%s: %s", text, p)
		case err != nil && want != "":
			t.Errorf("%s: %v", text, err)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: the error tells the password: %v", text, err)
		}
	}
}

// Peers and URLs go through the proxy, names with them, and what the far side says at once is not lost.
func TestThroughProxy(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }))
	defer web.Close()
	for _, scheme := range []string{"socks5", "http"} {
		for _, login := range []string{"", "me:se cret"} {
			t.Run(scheme+" "+login, func(t *testing.T) {
				s := &proxyServer{to: web.Listener.Addr().String(), login: strings.ReplaceAll(login, " ", "-"), greeting: ""}
				n := mustNew(t, Options{Proxy: s.serve(t, scheme)})
				c := n.HTTPClient(TrackerPolicy(false))
				defer c.CloseIdleConnections()
				resp, err := c.Get("http://tracker.example:6969/announce?x=y")
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if string(b) != "tracker.example:6969" || s.asked() != "tracker.example:6969" {
					t.Errorf("got %q, the proxy was asked for %q", b, s.asked())
				}
				s.greeting = "hello"
				conn, err := n.DialPeer(t.Context(), netip.MustParseAddrPort("198.51.100.7:6881"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				hello := make([]byte, 5)
				if _, err := io.ReadFull(conn, hello); err != nil || string(hello) != "hello" {
					t.Errorf("read %q, %v", hello, err)
				}
				if _, ok := conn.(*net.TCPConn); !ok {
					t.Errorf("DialPeer gives a %T", conn)
				}
				if !strings.HasSuffix(s.asked(), " 198.51.100.7:6881") {
					t.Errorf("the proxy was asked for %q", s.asked())
				}
			})
		}
	}
}

// What the proxy cannot carry fails, and so does everything where it is not there.
func TestProxyFailsClosed(t *testing.T) {
	heard := make(chan struct{}, 1)
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard <- struct{}{} }))
	defer web.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, scheme := range []string{"socks5://", "http://"} {
		p, err := ParseProxy(scheme + gone.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		n := mustNew(t, Options{Proxy: p})
		c := n.HTTPClient(Policy{Trusted: true})
		_, errGet := c.Get(web.URL) //nolint:bodyclose // it fails
		_, errPeer := n.DialPeer(t.Context(), netip.MustParseAddrPort(web.Listener.Addr().String()))
		_, errUDP := n.Dialer(TrackerPolicy(true)).DialContext(t.Context(), "udp4", "127.0.0.1:1")
		_, errListen := n.Listen(PortRange{})
		_, errPacket := n.ListenPacket(t.Context(), IPv4)
		for what, err := range map[string]error{"get": errGet, "dial": errPeer, "UDP": errUDP, "listen": errListen, "listen to packets": errPacket} {
			if !errors.Is(err, ErrProxy) {
				t.Errorf("%s%s: %v", scheme, what, err)
			}
		}
	}
	select {
	case <-heard:
		t.Error("the server was reached without the proxy")
	default:
	}
}

func TestProxyThatRefuses(t *testing.T) {
	for _, scheme := range []string{"socks5", "http"} {
		p := (&proxyServer{login: "a:b"}).serve(t, scheme)
		p.password = "wrong"
		_, err := mustNew(t, Options{Proxy: p}).DialPeer(t.Context(), netip.MustParseAddrPort("198.51.100.7:6881"))
		if !errors.Is(err, ErrProxy) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// The policy stands with a proxy too, as far as it can without looking names up.
func TestPolicyThroughProxy(t *testing.T) {
	s := &proxyServer{}
	n := mustNew(t, Options{Proxy: s.serve(t, "socks5")})
	for _, target := range []string{
		"http://localhost/x", "http://127.0.0.1/x", "http://a.localhost./x", "http://169.254.169.254/latest", "http://127.1/x",
		"http://0x7f000001/x", "http://2130706433/x", "http://[::1]/x",
	} {
		if _, err := n.HTTPClient(WebSeedPolicy(false)).Get(target); !errors.Is(err, ErrRefused) { //nolint:bodyclose // it fails
			t.Errorf("%s: %v", target, err)
		}
	}
	if got := s.asked(); got != "" {
		t.Errorf("the proxy was asked for %s", got)
	}
}

// A redirect through the proxy leads no further inside than where it came from.
func TestRedirectThroughProxy(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/in" {
			http.Redirect(w, r, "http://192.168.0.1/out", http.StatusFound)
			return
		}
		if r.URL.Path == "/on" {
			http.Redirect(w, r, "http://other.example/out", http.StatusFound)
		}
	}))
	defer web.Close()
	s := &proxyServer{to: web.Listener.Addr().String()}
	c := mustNew(t, Options{Proxy: s.serve(t, "socks5")}).HTTPClient(Policy{Trusted: true})
	defer c.CloseIdleConnections()
	if _, err := c.Get("http://public.example/in"); !errors.Is(err, ErrRefused) { //nolint:bodyclose // it fails
		t.Errorf("to the inside: %v", err)
	}
	resp, err := c.Get("http://public.example/on")
	if err != nil {
		t.Fatalf("to elsewhere: %v", err)
	}
	resp.Body.Close()
}
