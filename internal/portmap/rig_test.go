package portmap

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/shoal-project/shoal/internal/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box is a router in a test. It knows which ports are open.
type box struct {
	mu   sync.Mutex
	open map[string]uint16 // protocol to outer port
}

func newBox() *box { return &box{open: map[string]uint16{}} }

func (b *box) set(protocol string, outside uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if outside == 0 {
		delete(b.open, protocol)
	} else {
		b.open[protocol] = outside
	}
}

func (b *box) state() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprint(b.open)
}

// udpServer answers datagrams; nil is no answer.
func udpServer(t *testing.T, answer func(b []byte, from netip.AddrPort) []byte) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if a := answer(b[:n], from.(*net.UDPAddr).AddrPort()); a != nil {
				conn.WriteTo(a, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// serveNATPMP is a server of NAT-PMP that opens other ports than it is asked for.
func (b *box) serveNATPMP(t *testing.T) netip.AddrPort {
	return udpServer(t, func(in []byte, _ netip.AddrPort) []byte {
		if in[0] != 0 {
			return []byte{0, in[1] | 0x80, 0, 1, 0, 0, 0, 9}
		}
		out := append([]byte{0, in[1] | 0x80, 0, 0}, 0, 0, 0, 9)
		if in[1] == 0 {
			return append(out, 203, 0, 113, 7)
		}
		protocol, outside := "tcp", binary.BigEndian.Uint16(in[6:])
		if in[1] == 1 {
			protocol = "udp"
		}
		if binary.BigEndian.Uint32(in[8:]) > 0 && outside < 40000 {
			outside = 40001
		}
		b.set(protocol, outside)
		out = append(out, in[4:6]...)
		out = binary.BigEndian.AppendUint16(out, outside)
		return append(out, in[8:12]...)
	})
}

// servePCP is a server of PCP that hears nothing the first time.
func (b *box) servePCP(t *testing.T) netip.AddrPort {
	deaf := true
	return udpServer(t, func(in []byte, from netip.AddrPort) []byte {
		if deaf || in[0] != 2 {
			deaf = false
			return nil
		}
		out := append([]byte{2, in[1] | 0x80, 0, 0}, in[4:8]...)
		out = append(out, make([]byte, 16)...)
		if self := from.Addr().As16(); string(in[8:24]) != string(self[:]) {
			out[3] = 12
			return out
		}
		if in[1] == 0 {
			return out
		}
		protocol, outside := map[byte]string{6: "tcp", 17: "udp"}[in[36]], binary.BigEndian.Uint16(in[42:])
		if binary.BigEndian.Uint32(in[4:]) == 0 {
			outside = 0
		}
		b.set(protocol, outside)
		out = append(out, in[24:42]...)
		out = binary.BigEndian.AppendUint16(out, outside)
		addr := netip.MustParseAddr("203.0.113.8").As16()
		return append(out, addr[:]...)
	})
}

// igd is a UPnP gateway device, with the faults that it is given.
type igd struct {
	*box
	conflict  string // the outer port that another machine has
	permanent bool   // only mappings without an end
	control   string // another control URL
	location  string // another address of the description
}

var field = regexp.MustCompile(`<(New\w+)>([^<]*)</`)

// serve returns the address that searches go to.
func (g *igd) serve(t *testing.T) netip.AddrPort {
	control := g.control
	if control == "" {
		control = "/control"
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/control" {
			fmt.Fprintf(w, `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
				<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device><deviceList><device>
				<serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
				<controlURL>%s</controlURL></service></serviceList></device></deviceList></device></deviceList></device></root>`, control)
			return
		}
		body, _ := io.ReadAll(r.Body)
		g.act(w, r.Header.Get("SOAPAction"), string(body))
	}))
	t.Cleanup(web.Close)
	location := g.location
	if location == "" {
		location = web.URL + "/description.xml"
	}
	return udpServer(t, func(in []byte, _ netip.AddrPort) []byte {
		if !strings.HasPrefix(string(in), "M-SEARCH * HTTP/1.1\r\n") || !strings.Contains(string(in), "ssdp:discover") {
			return nil
		}
		return []byte("HTTP/1.1 200 OK\r\nST: " + gatewayDevice + "\r\nUSN: x\r\nLOCATION: " + location + "\r\n\r\n")
	})
}

func (g *igd) act(w http.ResponseWriter, action, body string) {
	args := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(body, -1) {
		args[m[1]] = m[2]
	}
	fault := func(code int) {
		w.WriteHeader(500)
		fmt.Fprint(w, envelope(fmt.Sprintf(`<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>
			<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>%d</errorCode></UPnPError></detail></s:Fault>`, code)))
	}
	protocol := strings.ToLower(args["NewProtocol"])
	var outside uint16
	fmt.Sscan(args["NewExternalPort"], &outside)
	switch {
	case strings.Contains(action, "#GetExternalIPAddress"):
		fmt.Fprint(w, envelope(`<u:GetExternalIPAddressResponse xmlns:u="x"><NewExternalIPAddress>203.0.113.9</NewExternalIPAddress></u:GetExternalIPAddressResponse>`))
		return
	case strings.Contains(action, "#AddPortMapping"):
		switch {
		case args["NewExternalPort"] == g.conflict:
			fault(upnpConflict)
			return
		case g.permanent && args["NewLeaseDuration"] != "0":
			fault(upnpPermanentOnly)
			return
		case args["NewInternalClient"] != "127.0.0.1" || args["NewInternalPort"] != "6881":
			fault(402)
			return
		}
		g.set(protocol, outside)
	case strings.Contains(action, "#DeletePortMapping"):
		g.set(protocol, 0)
	}
	fmt.Fprint(w, envelope(`<u:Response xmlns:u="x"></u:Response>`))
}

func envelope(body string) string {
	return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="x"><s:Body>` + body + `</s:Body></s:Envelope>`
}

func testNetwork(t *testing.T) *network.Network {
	t.Helper()
	n, err := network.New(network.Options{Bind: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
