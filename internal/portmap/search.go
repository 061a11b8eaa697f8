package portmap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/huin/goupnp"
	"github.com/huin/goupnp/ssdp"

	"github.com/shoal-project/shoal/internal/network"
)

const (
	gatewayDevice  = "urn:schemas-upnp-org:device:InternetGatewayDevice:1" // those of version 2 answer to it too
	maxDevices     = 8                                                     // answers that are looked at
	maxDescription = 256 << 10                                             // bytes of any answer over HTTP
	gather         = 200 * time.Millisecond                                // after the first answer, for better ones
)

// services are those that open ports, best first.
var services = []string{
	"urn:schemas-upnp-org:service:WANIPConnection:2",
	"urn:schemas-upnp-org:service:WANIPConnection:1",
	"urn:schemas-upnp-org:service:WANPPPConnection:1",
}

// probeUPnP searches for a gateway device that has an address outside. What the way out leads through is asked
// before others that call themselves one.
func probeUPnP(ctx context.Context, n Network, at place) (router, error) {
	answers, err := ssdp.RawSearch(ctx, &searcher{n, at}, gatewayDevice, 2) //nolint:bodyclose // datagrams have none
	if err != nil {
		return nil, fmt.Errorf("search for UPnP device: %w", err)
	}
	slices.SortStableFunc(answers, func(a, b *http.Response) int { return others(a, at) - others(b, at) })
	client := describer(n)
	failed := errors.New("search for UPnP device: there is none")
	for _, a := range answers {
		r, err := describe(ctx, n, client, a)
		if err == nil {
			_, err = r.external(ctx)
		}
		if err == nil {
			return r, nil
		}
		failed = err
	}
	return nil, failed
}

// others is 0 for an answer of the gateway and 1 for any other.
func others(answer *http.Response, at place) int {
	if answer.Header.Get(senderHeader) == at.gateway.Addr().String() {
		return 0
	}
	return 1
}

// describer is a client that asks nobody but whom it is sent to, and reads no more than is sensible.
func describer(n Network) *http.Client {
	c := n.HTTPClient(network.Policy{Trusted: true})
	return &http.Client{
		Transport:     bounded{c.Transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Close = true // devices are asked once an hour
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxDescription), resp.Body}
	}
	return resp, err
}

// describe fetches the description of a device and finds the service in it. All of its addresses must be
// those of whoever answered the search.
func describe(ctx context.Context, n Network, client *http.Client, answer *http.Response) (*upnp, error) {
	at, err := answer.Location()
	if err != nil {
		return nil, fmt.Errorf("describe UPnP device: %w", err)
	}
	host := answer.Header.Get(senderHeader)
	if at.Scheme != "http" || at.Hostname() != host {
		return nil, fmt.Errorf("describe UPnP device: %s answered for somebody else", host)
	}
	root, err := fetch(ctx, client, at)
	if err != nil {
		return nil, fmt.Errorf("describe UPnP device: %w", err)
	}
	for _, service := range services {
		for _, s := range root.Device.FindService(service) {
			u := s.ControlURL.URL
			if !s.ControlURL.Ok || u.Scheme != "http" || u.Hostname() != host {
				continue
			}
			self, err := selfTowards(ctx, n, &u)
			if err != nil {
				return nil, fmt.Errorf("describe UPnP device: %w", err)
			}
			r := &upnp{service: service, soap: s.NewSOAPClient(), self: self}
			r.soap.HTTPClient = *client
			return r, nil
		}
	}
	return nil, errors.New("describe UPnP device: it opens no ports")
}

func fetch(ctx context.Context, client *http.Client, at *url.URL) (*goupnp.RootDevice, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered with status %d", resp.StatusCode)
	}
	return readDescription(resp.Body, at)
}

// readDescription reads the description of a device that is at a URL.
func readDescription(body io.Reader, at *url.URL) (*goupnp.RootDevice, error) {
	root := new(goupnp.RootDevice)
	d := xml.NewDecoder(body)
	d.DefaultSpace = goupnp.DeviceXMLNamespace
	if err := d.Decode(root); err != nil {
		return nil, err
	}
	base := at
	if root.URLBaseStr != "" {
		var err error
		if base, err = url.Parse(root.URLBaseStr); err != nil {
			return nil, errors.New("its base is not a URL")
		}
	}
	root.SetURLBase(base)
	return root, nil
}

// selfTowards is the address that sockets towards the device have. Nothing is sent.
func selfTowards(ctx context.Context, n Network, u *url.URL) (netip.Addr, error) {
	conn, err := n.Dialer(network.Policy{Trusted: true}).DialContext(ctx, "udp4", net.JoinHostPort(u.Hostname(), "9"))
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	ap, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return ap.Addr().Unmap(), err
}

// senderHeader carries the address that an answer came from.
const senderHeader = "Shoal-Sender"

// searcher sends requests of HTTP over UDP to some addresses.
type searcher struct {
	network Network
	at      place
}

// near reports whether an answer may come from an address: of the gateway, or of the local network. A router
// that opens ports for us is in it.
func (s *searcher) near(ip netip.Addr) bool {
	return ip == s.at.gateway.Addr() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() || shared.Contains(ip)
}

// shared is where providers put the networks between them and their customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// DoWithContext gathers answers until a little after the first one, or until the request's context ends.
func (s *searcher) DoWithContext(req *http.Request, _ int) ([]*http.Response, error) {
	ctx := req.Context()
	conn, err := s.network.ListenPacket(ctx, network.IPv4)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s * HTTP/1.1\r\n", req.Method)
	if err := req.Header.Write(&b); err != nil {
		return nil, err
	}
	b.WriteString("\r\n")
	var answers []*http.Response
	for wait := firstWait; ctx.Err() == nil && len(answers) == 0; wait *= 2 {
		sent := error(nil)
		for _, to := range s.at.search {
			if _, err := conn.WriteTo(b.Bytes(), net.UDPAddrFromAddrPort(to)); err != nil {
				sent = err
			}
		}
		if answers, err = s.gather(conn, req, wait); err != nil || sent != nil { //nolint:bodyclose // datagrams have none
			return answers, errors.Join(err, sent)
		}
	}
	return answers, nil
}

// gather reads answers for some time.
func (s *searcher) gather(conn net.PacketConn, req *http.Request, wait time.Duration) ([]*http.Response, error) {
	until := time.Now().Add(wait)
	var answers []*http.Response
	in := make([]byte, 2048)
	for len(answers) < maxDevices {
		conn.SetReadDeadline(until) //nolint:errcheck // a closed socket shows at the read
		n, from, err := conn.ReadFrom(in)
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout(), errors.Is(err, net.ErrClosed):
			return answers, nil
		case err != nil:
			return answers, err
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in[:n])), req) //nolint:bodyclose // a datagram has none
		udp, ok := from.(*net.UDPAddr)
		if err != nil || !ok || resp.StatusCode != http.StatusOK {
			continue
		}
		sender := udp.AddrPort().Addr().Unmap()
		if !s.near(sender) {
			continue
		}
		resp.Header.Set(senderHeader, sender.String())
		if len(answers) == 0 {
			until = time.Now().Add(min(gather, wait))
		}
		answers = append(answers, resp) //nolint:bodyclose // a datagram has none
	}
	return answers, nil
}
