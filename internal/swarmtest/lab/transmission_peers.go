package lab

import (
	"context"
	"fmt"
	"strings"
)

// TransmissionPeer is a connection as transmission-daemon sees it.
type TransmissionPeer struct {
	Address   string `json:"address"`
	Client    string `json:"clientName"`
	Flags     string `json:"flagStr"` // T: uTP, E: encrypted, I: it connected, X: from PEX, H: from the DHT
	Encrypted bool   `json:"isEncrypted"`
	UTP       bool   `json:"isUTP"`
	Incoming  bool   `json:"isIncoming"`
}

// TransmissionView is what the daemon knows of the peers of its torrent.
type TransmissionView struct {
	Peers []TransmissionPeer `json:"peers"`
	From  struct {
		PEX     int `json:"fromPex"`
		LSD     int `json:"fromLpd"`
		Tracker int `json:"fromTracker"`
	} `json:"peersFrom"` // of the connected ones, those learned of there
}

// Peer is the view's peer with an address.
func (v TransmissionView) Peer(addr string) (TransmissionPeer, bool) {
	for _, p := range v.Peers {
		if p.Address == addr {
			return p, true
		}
	}
	return TransmissionPeer{}, false
}

// String is for the log of a test.
func (v TransmissionView) String() string {
	var b strings.Builder
	for _, p := range v.Peers {
		fmt.Fprintf(&b, "%s %s %q; ", p.Address, p.Flags, p.Client)
	}
	fmt.Fprintf(&b, "from %+v", v.From)
	return b.String()
}

// View waits until match accepts what the daemon on a host knows of its peers.
func (Transmission) View(ctx context.Context, h *Host, match func(TransmissionView) bool) (TransmissionView, error) {
	var last TransmissionView
	rpc := &transmissionSession{host: h}
	err := Poll(ctx, "what transmission knows of its peers", func() (bool, error) {
		var answer struct{ Torrents []TransmissionView }
		if err := rpc.call(ctx, "torrent-get", map[string]any{"fields": []string{"peers", "peersFrom"}}, &answer); err != nil {
			return false, err
		}
		if len(answer.Torrents) != 1 {
			return false, fmt.Errorf("%d torrents", len(answer.Torrents))
		}
		last = answer.Torrents[0]
		return match(last), fmt.Errorf("%v", last)
	})
	return last, err
}
