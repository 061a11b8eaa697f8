package portmap

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"github.com/huin/goupnp/soap"
)

// upnp is the connection service of an Internet Gateway Device.
type upnp struct {
	service string // its type: the namespace of its actions
	soap    *soap.SOAPClient
	self    netip.Addr // ours, as the device sees it
}

// Codes of errors of the service (WANIPConnection:1, section 2.4.16).
const (
	upnpConflict      = 718 // another machine has the port
	upnpPermanentOnly = 725 // no lease with an end
)

// description is how the mapping is called in the router's list.
const description = "shoal"

// Arguments of the actions, in the order of the standard. They are text on the wire.
type (
	addPortMapping struct {
		NewRemoteHost, NewExternalPort, NewProtocol, NewInternalPort, NewInternalClient string
		NewEnabled, NewPortMappingDescription, NewLeaseDuration                         string
	}
	deletePortMapping struct{ NewRemoteHost, NewExternalPort, NewProtocol string }
	nothing           struct{}
	externalAddress   struct{ NewExternalIPAddress string }
)

func (*upnp) name() string { return "UPnP" }

func (r *upnp) external(ctx context.Context) (netip.Addr, error) {
	var out externalAddress
	if err := r.do(ctx, "GetExternalIPAddress", &nothing{}, &out); err != nil {
		return netip.Addr{}, err
	}
	addr, err := netip.ParseAddr(out.NewExternalIPAddress)
	if err != nil || addr.IsUnspecified() { // a device that leads nowhere says so
		return netip.Addr{}, errors.New("ask UPnP device: it has no address outside")
	}
	return addr.Unmap(), nil
}

// open tries another port where the wanted one is another machine's.
func (r *upnp) open(ctx context.Context, protocol string, port, wanted uint16, d time.Duration) (uint16, time.Duration, error) {
	for try := 0; ; try++ {
		granted, err := r.add(ctx, protocol, port, wanted, d)
		if code(err) != upnpConflict || try == 3 {
			return wanted, granted, err
		}
		wanted = uint16(10000 + rand.IntN(50000))
	}
}

func (r *upnp) add(ctx context.Context, protocol string, port, outside uint16, d time.Duration) (time.Duration, error) {
	in := addPortMapping{
		NewExternalPort: text(outside), NewProtocol: upnpProtocol(protocol), NewInternalPort: text(port),
		NewInternalClient: r.self.String(), NewEnabled: "1", NewPortMappingDescription: description,
		NewLeaseDuration: strconv.Itoa(int(d / time.Second)),
	}
	err := r.do(ctx, "AddPortMapping", &in, nil)
	if code(err) == upnpPermanentOnly { // renewed all the same: the device may have been restarted
		in.NewLeaseDuration = "0"
		err = r.do(ctx, "AddPortMapping", &in, nil)
	}
	return d, err
}

func (r *upnp) shut(ctx context.Context, protocol string, _, outside uint16) error {
	if outside == 0 { // it goes by this number, and another machine may have any
		return nil
	}
	return r.do(ctx, "DeletePortMapping", &deletePortMapping{NewExternalPort: text(outside), NewProtocol: upnpProtocol(protocol)}, nil)
}

func (r *upnp) do(ctx context.Context, action string, in, out any) error {
	client := *r.soap // it keeps no state between requests, and is not made for several at once
	if err := client.PerformActionCtx(ctx, r.service, action, in, out); err != nil {
		return fmt.Errorf("ask UPnP device for %s: %w", action, err)
	}
	return nil
}

// code is what a device refused with; 0 for any other error, and for none.
func code(err error) int {
	var fault *soap.SOAPFaultError
	if errors.As(err, &fault) {
		return fault.Detail.UPnPError.Errorcode
	}
	return 0
}

func text(port uint16) string { return strconv.Itoa(int(port)) }

func upnpProtocol(protocol string) string {
	if protocol == "udp" {
		return "UDP"
	}
	return "TCP"
}
