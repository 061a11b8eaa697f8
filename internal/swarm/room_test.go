package swarm

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/shoal-project/shoal/internal/peer"
)

// A connection that does nothing gives way once: before it has gone it makes room for nobody else.
func TestOneRoomForEachThatIdles(t *testing.T) {
	tor := New(Config{MaxPeers: 10})
	for i := range 10 {
		nc, other := net.Pipe()
		defer other.Close()
		addr := netip.MustParseAddrPort(fmt.Sprintf("192.0.2.1:%d", 1000+i))
		p := newPeer(tor, nc, peer.Handshake{PeerID: [20]byte{byte(i)}}, addr, true, "incoming")
		p.idle = idleFor
		tor.peers = append(tor.peers, p)
	}
	tor.mu.Lock()
	defer tor.mu.Unlock()
	made := 0
	for i := range 100 {
		if tor.makeRoomFor(netip.MustParseAddrPort(fmt.Sprintf("198.51.100.%d:1", i))) {
			made++
		}
	}
	if made == 0 || made > 10 {
		t.Errorf("room for %d where 10 idle", made)
	}
}
