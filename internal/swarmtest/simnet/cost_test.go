package simnet

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// benchmarkHosts builds a ring with chords in which everybody sends to two others. It works outside a bubble too,
// where the network is as fast as the machine.
func benchmarkHosts(b *testing.B, hosts, size int) {
	n := New(1, Options{})
	n.SetUsualPath(Path{Delay: time.Millisecond})
	var all []*Host
	var wg sync.WaitGroup
	for i := range hosts {
		h, err := n.AddHost(addr(i), HostOptions{Up: 100 * mb, Down: 100 * mb})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, h)
		l, err := h.Listen(1)
		if err != nil {
			b.Fatal(err)
		}
		wg.Go(func() { sink(l, size) })
	}
	for i, h := range all {
		for _, step := range []int{1, hosts / 3} {
			to := all[(i+step)%hosts]
			wg.Go(func() {
				c, err := h.Dial(b.Context(), netip.AddrPortFrom(to.Addr(), 1))
				if err != nil {
					b.Error(err)
					return
				}
				c.Write(make([]byte, size))
				c.Close()
			})
		}
	}
	wg.Wait()
}

// sink takes two connections and reads all that comes.
func sink(l net.Listener, size int) {
	defer l.Close()
	var wg sync.WaitGroup
	for range 2 {
		c, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			io.CopyN(io.Discard, c, int64(size))
			c.Close()
		})
	}
	wg.Wait()
}
