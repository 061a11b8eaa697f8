package dht

import (
	"errors"
	"net"
	"net/netip"
	"time"

	anacrolix "github.com/anacrolix/dht/v2"
)

// How long is waited before joining is tried again: doubled from the first to the last.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

// join asks the routers and the nodes of the saved table until somebody answers, then leaves the table
// to the library's upkeep. Later it steps in again whenever nobody is left.
func (f *family) join() {
	kept := false
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		news := f.node.news.wait()
		switch {
		case len(f.nodes()) == 0:
			for _, addr := range f.entrances() {
				f.meet(addr)
			}
		case !kept:
			kept = true
			f.node.work.Go(f.server.TableMaintainer)
			fallthrough
		default:
			wait = retryLast
		}
		timer := time.NewTimer(wait)
		select {
		case <-f.node.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-news:
			timer.Stop()
		}
	}
}

// entrances are the addresses to join through.
func (f *family) entrances() []netip.AddrPort {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := append([]netip.AddrPort(nil), f.routers...)
	for _, c := range f.saved {
		out = append(out, c.addr)
	}
	return out
}

// startingNodes is what the library begins with when it finds its table empty.
func (f *family) startingNodes() ([]anacrolix.Addr, error) {
	var out []anacrolix.Addr
	for _, addr := range f.entrances() {
		out = append(out, anacrolix.NewAddr(net.UDPAddrFromAddrPort(addr)))
	}
	if len(out) == 0 {
		return nil, errors.New("no node to start with is known")
	}
	return out, nil
}
