package network

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"time"
)

const (
	maxRedirects       = 5
	maxResponseHeader  = 64 << 10
	tlsTimeout         = 10 * time.Second
	headerTimeout      = 30 * time.Second // from the request's last byte to the response's header
	idleTimeout        = 60 * time.Second
	maxIdleConnections = 4 // to one host
)

// HTTPClient gives a client for URLs under a policy. It speaks HTTP/1.1 over http and https, always
// verifies certificates, follows at most 5 redirects, keeps no cookies and sends no Referer, which
// could carry a passkey to another host. Connecting, TLS and the wait for a response's header are
// bounded in time; the body is the caller's to bound, in time and in bytes after decompression.
// Errors from the client are *url.Error and contain the URL with its secrets; those that the policy
// causes wrap ErrRefused. Clients keep connections, so make one and share it; CloseIdleConnections
// ends what it holds.
func (n *Network) HTTPClient(p Policy) *http.Client {
	return &http.Client{Transport: newDoor(n, p), CheckRedirect: checkRedirect}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrRefused, maxRedirects)
	}
	req.Header.Del("Referer")
	return nil
}

// door is the transport of HTTPClient. It holds a pool of connections for each zone that a request
// may reach at most, so that a connection that one request was allowed to open is never used by
// another one that was not.
type door struct {
	policy  Policy
	proxied bool
	pools   map[zone]*http.Transport
}

func newDoor(n *Network, p Policy) *door {
	d := &door{policy: p, proxied: n.proxy != nil, pools: make(map[zone]*http.Transport)}
	for _, reach := range []zone{zonePublic, zonePrivate, zoneLoopback} {
		dialer := &Dialer{network: n, reach: reach, family: p.Family}
		// Proxy stays nil: one from the environment would go round the policy and the binding, and the
		// one of the options is the dialer's business.
		d.pools[reach] = &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    tlsTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			IdleConnTimeout:        idleTimeout,
			MaxIdleConnsPerHost:    maxIdleConnections,
			MaxResponseHeaderBytes: maxResponseHeader,
		}
	}
	return d
}

// hopKey is the context key of a *hop.
type hopKey struct{}

// hop records where one request went.
type hop struct{ zone zone }

// RoundTrip sends one request, redirected ones among them.
func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, d.refuse(req, fmt.Errorf("%w: only http and https are spoken", ErrRefused))
	}
	reach := d.policy.reach(req.URL.EscapedPath(), req.URL.RawQuery != "")
	if req.Response != nil { // this is a redirect, and that is the response which asked for it
		from, ok := req.Response.Request.Context().Value(hopKey{}).(*hop)
		if !ok {
			return nil, d.refuse(req, fmt.Errorf("%w: redirect from an unknown place", ErrRefused))
		}
		reach = min(reach, from.zone)
	}
	pool, ok := d.pools[reach]
	if !ok {
		return nil, d.refuse(req, fmt.Errorf("%w: redirect from %s", ErrRefused, reach))
	}
	at := new(hop)
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if d.proxied { // the connection is the proxy's
			at.zone = max(zoneOfHost(req.URL.Hostname()), zonePublic)
		} else if to, err := netip.ParseAddrPort(info.Conn.RemoteAddr().String()); err == nil {
			at.zone = zoneOf(to.Addr())
		}
	}}
	ctx := httptrace.WithClientTrace(context.WithValue(req.Context(), hopKey{}, at), trace)
	return pool.RoundTrip(req.WithContext(ctx))
}

// refuse closes the request's body, as a RoundTripper must on errors too.
func (d *door) refuse(req *http.Request, err error) error {
	if req.Body != nil {
		req.Body.Close()
	}
	return err
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (d *door) CloseIdleConnections() {
	for _, pool := range d.pools {
		pool.CloseIdleConnections()
	}
}
