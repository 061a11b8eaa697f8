package network

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), nil
}

func client(t *testing.T, p Policy) *http.Client {
	t.Helper()
	c := mustNew(t, Options{}).HTTPClient(p)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func TestHTTPClientOnLoopback(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	byName := "http://localhost:" + u.Port()
	for _, c := range []struct {
		name   string
		policy Policy
		url    string
		want   error
	}{
		{"announce", TrackerPolicy(false), s.URL + "/announce?x=1", nil},
		{"scrape", TrackerPolicy(false), s.URL + "/scrape", nil},
		{"other path", TrackerPolicy(false), s.URL + "/admin", ErrRefused},
		{"other path by name", TrackerPolicy(false), byName + "/admin", ErrRefused},
		{"announce by name", TrackerPolicy(false), byName + "/announce", nil},
		{"web seed", WebSeedPolicy(false), s.URL + "/file", ErrRefused},
		{"web seed by name", WebSeedPolicy(false), byName + "/file", ErrRefused},
		{"of the user", WebSeedPolicy(true), s.URL + "/file?x=1", nil},
		{"metadata of the user", Policy{Trusted: true}, "http://169.254.169.254/latest", ErrRefused},
		{"unspecified", Policy{Trusted: true}, "http://0.0.0.0:" + u.Port() + "/", ErrRefused},
		{"ftp", Policy{Trusted: true}, "ftp" + strings.TrimPrefix(s.URL, "http") + "/", ErrRefused},
		{"file", Policy{Trusted: true}, "file:///etc/passwd", ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := get(t, client(t, c.policy), c.url); !errors.Is(err, c.want) {
				t.Errorf("GET = %v, want %v", err, c.want)
			}
		})
	}
}

// A connection that an announce opened must not carry what would not have been let through itself.
func TestHTTPClientDoesNotReuseAConnectionAcrossPolicies(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/announce" {
			t.Errorf("%s came through", r.URL)
		}
	}))
	defer s.Close()
	c := client(t, TrackerPolicy(false))
	for range 3 {
		if _, err := get(t, c, s.URL+"/announce"); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, c, s.URL+"/admin"); !errors.Is(err, ErrRefused) {
			t.Errorf("GET /admin = %v", err)
		}
	}
}

// world maps names to addresses, all of which are one test server in truth.
type world map[string]string

// client is a client under the policy to which the server has the addresses of the world.
func (w world) client(t *testing.T, p Policy, server string) *http.Client {
	t.Helper()
	door := newDoor(mustNew(t, Options{}), p)
	for reach, pool := range door.pools {
		pool.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			ip := netip.MustParseAddr(w[host])
			if err := reach.admit(ip); err != nil {
				return nil, err
			}
			conn, err := new(net.Dialer).DialContext(ctx, network, server)
			return disguised{conn, net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 80))}, err
		}
	}
	t.Cleanup(door.CloseIdleConnections)
	return &http.Client{Transport: door, CheckRedirect: checkRedirect}
}

// disguised is a connection that claims another remote address.
type disguised struct {
	net.Conn
	remote net.Addr
}

func (d disguised) RemoteAddr() net.Addr { return d.remote }

func TestHTTPClientRedirects(t *testing.T) {
	// The path lists the hosts to go through: /a/b/c is redirected from a to b to c.
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" {
			t.Errorf("Referer %q", r.Header.Get("Referer"))
		}
		via := r.URL.Query()["via"]
		if len(via) == 0 {
			io.WriteString(w, "end")
			return
		}
		q := url.Values{"via": via[1:], "passkey": {"secret"}}
		http.Redirect(w, r, via[0]+"/announce?"+q.Encode(), http.StatusFound)
	}))
	defer s.Close()
	w := world{
		"public": "8.8.8.8", "public6": "2001:4860::1", "lan": "192.168.1.1", "self": "127.0.0.1",
		"meta": "169.254.169.254",
	}
	for _, c := range []struct {
		name    string
		trusted bool
		via     []string
		want    error
	}{
		{"none", false, []string{"http://public"}, nil},
		{"public to public", false, []string{"http://public", "http://public6"}, nil},
		{"public to lan", false, []string{"http://public", "http://lan"}, ErrRefused},
		{"public to lan, of the user", true, []string{"http://public", "http://lan"}, ErrRefused},
		{"public to loopback", false, []string{"http://public", "http://self"}, ErrRefused},
		{"public to loopback, of the user", true, []string{"http://public", "http://self"}, ErrRefused},
		{"public to metadata", true, []string{"http://public", "http://meta"}, ErrRefused},
		{"public by a detour to lan", true, []string{"http://public", "http://public6", "http://lan"}, ErrRefused},
		{"lan to lan", false, []string{"http://lan", "http://lan"}, nil},
		{"lan to loopback", true, []string{"http://lan", "http://self"}, ErrRefused},
		{"lan to public and back", true, []string{"http://lan", "http://public", "http://lan"}, ErrRefused},
		{"loopback outwards", false, []string{"http://self", "http://lan", "http://public"}, nil},
		{"five", false, []string{"http://public", "http://public", "http://public", "http://public", "http://public", "http://public"}, nil},
		{"six", false, []string{"http://public", "http://public", "http://public", "http://public", "http://public", "http://public", "http://public"}, ErrRefused},
		{"to ftp", true, []string{"http://public", "ftp://public"}, ErrRefused},
		{"to a file", true, []string{"http://public", "file://public"}, ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := w.client(t, TrackerPolicy(c.trusted), s.Listener.Addr().String())
			first := c.via[0] + "/announce?" + url.Values{"via": c.via[1:]}.Encode()
			body, err := get(t, client, first)
			if !errors.Is(err, c.want) || err == nil && body != "end" {
				t.Errorf("GET = %q, %v; want %v", body, err, c.want)
			}
		})
	}
}

func TestHTTPClientVerifiesTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	if _, err := get(t, client(t, Policy{Trusted: true}), s.URL); err == nil {
		t.Error("a certificate that nobody vouches for was accepted")
	}
}

func TestHTTPClientBoundsTheHeader(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 100<<10))
	}))
	defer s.Close()
	if _, err := get(t, client(t, Policy{Trusted: true}), s.URL); err == nil {
		t.Error("a header of 100 KiB was accepted")
	}
}

func TestHTTPClientFamily(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	if _, err := get(t, client(t, Policy{Trusted: true, Family: IPv6}), s.URL); err == nil {
		t.Error("reached an IPv4 server over IPv6")
	}
	if _, err := get(t, client(t, Policy{Trusted: true, Family: IPv4}), s.URL); err != nil {
		t.Error(err)
	}
}

// Nothing in the environment may lead requests round the policy.
func TestHTTPClientHasNoProxy(t *testing.T) {
	for reach, pool := range newDoor(mustNew(t, Options{}), Policy{}).pools {
		if pool.Proxy != nil {
			t.Errorf("the pool for %v asks for a proxy", reach)
		}
		if pool.TLSClientConfig != nil && pool.TLSClientConfig.InsecureSkipVerify {
			t.Error("TLS is not verified")
		}
	}
}
