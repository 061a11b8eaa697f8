package network

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

// ErrProxy is wrapped by the errors of what a proxy cannot carry, and of what it did not.
var ErrProxy = errors.New("proxy")

// maxProxyReply bounds what an HTTP proxy may say before the connection begins.
const maxProxyReply = 16 << 10

// Proxy is a server that connects on our behalf. Names are looked up by it, never here; only its own
// name is looked up by the system.
type Proxy struct {
	scheme         string // socks5 or http
	addr           string // host:port
	user, password string
}

// ParseProxy reads socks5://[user:password@]host[:port], socks5h, which is the same here, or http, which
// is asked with CONNECT. No error shows the password.
func ParseProxy(s string) (*Proxy, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("parse proxy: want socks5://[USER:PASSWORD@]HOST[:PORT], or http:// for socks5://")
	}
	p := &Proxy{scheme: u.Scheme}
	port := u.Port()
	switch u.Scheme {
	case "socks5", "socks5h":
		p.scheme = "socks5"
		if port == "" {
			port = "1080"
		}
	case "http":
		if port == "" {
			port = "8080"
		}
	default:
		return nil, fmt.Errorf("parse proxy: %q is not spoken: socks5, socks5h and http are", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("parse proxy: the host is missing")
	}
	p.addr = net.JoinHostPort(u.Hostname(), port)
	if u.User != nil {
		p.user = u.User.Username()
		p.password, _ = u.User.Password()
	}
	if p.scheme == "socks5" && (len(p.user) > 255 || len(p.password) > 255) {
		return nil, errors.New("parse proxy: SOCKS takes 255 bytes of user and of password")
	}
	return p, nil
}

// String is the address without user and password.
func (p *Proxy) String() string { return p.scheme + "://" + p.addr }

// Proxied reports whether everything goes through a proxy. Then nothing can be listened on, no datagram
// can be sent, and who finds peers in such ways has to be left out.
func (n *Network) Proxied() bool { return n.proxy != nil }

// errNoUDP is why nothing but TCP connections is made.
var errNoUDP = fmt.Errorf("%w: it carries TCP connections alone", ErrProxy)

// dialProxy connects to "host:port" through the proxy. What it returns is the plain connection to the
// proxy, past its greeting.
func (n *Network) dialProxy(ctx context.Context, target string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, n.dialTimeout)
	defer cancel()
	connect := n.connectSOCKS
	if n.proxy.scheme == "http" {
		connect = n.connectHTTP
	}
	conn, err := connect(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("through %s: %w: %w", n.proxy, ErrProxy, cause(err))
	}
	return conn, nil
}

// reachProxy connects to the proxy itself.
func (n *Network) reachProxy(ctx context.Context) (net.Conn, error) {
	d := &Dialer{network: n, reach: zoneLoopback}
	return d.dialDirect(ctx, "tcp", AnyFamily, n.proxy.addr)
}

// toProxy hands out connections to the proxy, and keeps the last one: the dialer of SOCKS wraps it.
type toProxy struct {
	network *Network
	conn    net.Conn
}

func (t *toProxy) Dial(string, string) (net.Conn, error) { return nil, errors.ErrUnsupported }

func (t *toProxy) DialContext(ctx context.Context, _, _ string) (conn net.Conn, err error) {
	t.conn, err = t.network.reachProxy(ctx)
	return t.conn, err
}

// connectSOCKS speaks SOCKS 5 (RFC 1928, RFC 1929).
func (n *Network) connectSOCKS(ctx context.Context, target string) (net.Conn, error) {
	var auth *proxy.Auth
	if n.proxy.user != "" {
		auth = &proxy.Auth{User: n.proxy.user, Password: n.proxy.password}
	}
	way := &toProxy{network: n}
	socks, err := proxy.SOCKS5("tcp", n.proxy.addr, auth, way)
	if err != nil {
		return nil, err
	}
	dialer, ok := socks.(proxy.ContextDialer)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	if _, err := dialer.DialContext(ctx, "tcp", target); err != nil {
		if way.conn != nil {
			way.conn.Close()
		}
		return nil, err
	}
	return way.conn, nil
}

// connectHTTP asks with CONNECT (RFC 9110, section 9.3.6).
func (n *Network) connectHTTP(ctx context.Context, target string) (net.Conn, error) {
	conn, err := n.reachProxy(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) //nolint:errcheck // closed by now, perhaps
	err = n.askHTTP(conn, target)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (n *Network) askHTTP(conn net.Conn, target string) error {
	ask := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if n.proxy.user != "" {
		secret := base64.StdEncoding.EncodeToString([]byte(n.proxy.user + ":" + n.proxy.password))
		ask += "Proxy-Authorization: Basic " + secret + "\r\n"
	}
	if _, err := io.WriteString(conn, ask+"\r\n"); err != nil {
		return err
	}
	// Byte by byte, because what follows the reply is the peer's already.
	var reply []byte
	for b := make([]byte, 1); !bytes.HasSuffix(reply, []byte("\r\n\r\n")); reply = append(reply, b[0]) {
		if len(reply) >= maxProxyReply {
			return errors.New("its reply is too long")
		}
		if _, err := io.ReadFull(conn, b); err != nil {
			return err
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(reply)), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return errors.New("it does not speak HTTP")
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %q", resp.Status)
	}
	return nil
}

// admitHost checks a target that the proxy is to look up. Names are not looked up here, so only those are
// refused that mean this machine wherever they are looked up, and those that some resolvers take for a
// number of an address.
func (d *Dialer) admitHost(target string) error {
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		if at := zoneOfName(host); at < zonePublic || at > d.reach {
			return fmt.Errorf("%w: %s is %s", ErrRefused, host, at)
		}
		return nil
	}
	if !d.family.has(ip.Unmap()) || len(d.network.only(familyOf(ip.Unmap()))) == 0 {
		return ErrFamily
	}
	return d.reach.admit(ip)
}

// insideNames are names and ends of names that mean something inside wherever they are looked up: this
// machine, the place where clouds keep the secrets of a machine, or the local network (RFC 6761, RFC 6762,
// RFC 8375, and what routers and clouds use).
var insideNames = map[string]zone{
	"localhost": zoneLoopback, "localdomain": zoneLoopback, "localhost4": zoneLoopback, "localhost6": zoneLoopback,
	"ip6-localhost": zoneLoopback, "ip6-loopback": zoneLoopback,
	"metadata": zoneLink, "metadata.google.internal": zoneLink, "metadata.goog": zoneLink,
	"metadata.tencentyun.com": zoneLink, "instance-data": zoneLink, "instance-data.ec2.internal": zoneLink,
	"local": zonePrivate, "internal": zonePrivate, "intranet": zonePrivate, "private": zonePrivate, "corp": zonePrivate,
	"home": zonePrivate, "home.arpa": zonePrivate, "lan": zonePrivate,
}

// zoneOfName guesses where a name leads.
func zoneOfName(host string) zone {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || last[0] >= '0' && last[0] <= '9' {
		return zoneNowhere // "127.1", "0x7f000001"
	}
	for end := host; ; {
		if z, ok := insideNames[end]; ok {
			return z
		}
		_, rest, ok := strings.Cut(end, ".")
		if !ok {
			break
		}
		end = rest
	}
	if last == host {
		return zonePrivate // a name without dots is one of the local network
	}
	return zonePublic
}

// zoneOfHost is the zone of the host of a URL as far as it can be told without looking it up.
func zoneOfHost(host string) zone {
	if ip, err := netip.ParseAddr(host); err == nil {
		return zoneOf(ip)
	}
	return zoneOfName(host)
}

func familyOf(ip netip.Addr) Family {
	if ip.Is4() {
		return IPv4
	}
	return IPv6
}
