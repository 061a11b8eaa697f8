//go:build interop

package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Bound to an interface, or to an address that then goes away, nothing leaves by any other interface, though
// all that is to be reached lies there and everything that sends is on.
func TestBindFailsClosed(t *testing.T) {
	t.Parallel()
	lab.Shoal{}.Need(t)
	lab.NeedNamespaces(t)
	const device, prefix, addr = "vpn0", "10.90.0.2/24", "10.90.0.2"
	for _, c := range []struct {
		name, bind string
		drop       bool
	}{
		{"interface", device, false},
		{"interface that loses its address", device, true},
		{"address that goes away", addr, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			net := lab.NewNet(t, 2)
			seed, get := net.Hosts[0], net.Hosts[1]
			ctx := lab.Within(t, 40*time.Second)
			tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, seed.Dir+"/content", "bound.bin", 1<<20),
				net.Bridge.TrackerURL("http"), net.Bridge.TrackerURL("udp"))
			get.AddDevice(device, prefix)
			sent := get.Capture("eth0")
			args := []string{
				"get", "--json", "--bind", c.bind, "--port", fmt.Sprint(lab.Port), "--dht-bootstrap", net.Bridge.Addr + ":6881",
				"--output", t.TempDir(),
			}
			for i := range 20 {
				args = append(args, "--peer", fmt.Sprintf("%s:%d", seed.Addr, 42000+i))
			}
			p := get.Start(lab.Shoal{}.Binary(), append(args, tor.File)...)
			if _, err := (lab.Shoal{}).Event(ctx, p, "progress"); err != nil {
				t.Fatalf("%v\n%s", err, p.Tail(20))
			}
			if c.bind == addr { // routes choose the way out as long as the address is there: the count sees it
				err := lab.Poll(ctx, "packets", func() (bool, error) { return len(sent.Sent()) > 0, nil })
				if err != nil {
					t.Fatal(err)
				}
			}
			if c.drop {
				get.DropAddress(device, prefix)
				sent.Reset()
			}
			if counts := sent.For(t, 5*time.Second); len(counts) != 0 {
				t.Errorf("packets left by eth0: %v", counts)
			}
			if !p.Running() {
				t.Errorf("it ended\n%s", p.Tail(20))
			}
		})
	}
}
