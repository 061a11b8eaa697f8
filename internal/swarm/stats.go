package swarm

import (
	"net/netip"
	"time"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Stats is a snapshot of a torrent.
type Stats struct {
	State                State
	Info                 *metainfo.Info
	Total, Done          int64 // bytes wanted; verified, or in memory
	Verified             int64
	Missing              int64 // bytes of the whole torrent that are not here, wanted or not
	Checked              int64
	Downloaded, Uploaded int64 // payload
	Wasted               int64
	RateDown, RateUp     int64
	Peers, Seeds         int
	Unchoked             int // peers that let us fetch
	Dialing, Known       int
	HungUp               int // of those known, that ended the connection before the handshakes were done
	Banned               int
	Pieces, PiecesDone   int
	WebSeeds             int   // those of Peers (and Seeds, and Unchoked) that are web seeds which answer
	WebSeedFault         error // why one does not, if one does not
}

// Stats takes a snapshot.
func (t *Torrent) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Stats{
		State: State(t.state.Load()), Info: t.info, Total: t.wantBytes, Verified: t.doneBytes,
		Checked: t.checked.Load(), Downloaded: t.downBytes.Load(), Uploaded: t.uploaded(), Wasted: t.wasted.Load(),
		RateDown: t.rateDown.get(), RateUp: t.rateUp.get(), Peers: len(t.peers), Dialing: t.dialing,
		Known: len(t.candidates.order), HungUp: t.candidates.countHungUp(), Banned: len(t.candidates.bans), PiecesDone: t.piecesDone,
	}
	if s.RateDown == 0 && s.Downloaded > 0 { // before the first tick
		if d := time.Since(t.exchanging); d < 2*tick {
			s.RateDown = int64(float64(s.Downloaded) / max(d, time.Millisecond).Seconds())
		}
	}
	s.Done = s.Verified
	for _, part := range t.open {
		s.Done += int64(len(part.blocks)-int(part.left.Load())) * blockSize
	}
	s.Done = min(s.Done, s.Total)
	if t.info != nil {
		s.Pieces = t.info.NumPieces()
		s.Missing = t.missing()
	}
	for _, p := range t.peers {
		if p.isSeed() {
			s.Seeds++
		}
		if !p.chokesUs {
			s.Unchoked++
		}
	}
	t.countWebSeeds(&s)
	return s
}

// missing is how many bytes of the whole torrent are not here. The lock is held.
func (t *Torrent) missing() int64 {
	last := t.info.NumPieces() - 1
	if t.piecesDone > last {
		return 0
	}
	n := t.info.Length - int64(t.piecesDone)*t.info.PieceLength
	if t.verified != nil && t.verified.has(last) {
		n += t.info.PieceLength - t.info.PieceSize(last)
	}
	return n
}

// PeerInfo is a snapshot of one peer.
type PeerInfo struct {
	Addr             netip.AddrPort
	Client           string // untrusted text
	Source           string
	Incoming, Seed   bool
	Downloaded       int64
	Uploaded         int64
	RateDown, RateUp int64
	Choked, Choking  bool // it chokes us; we choke it
	Interested       bool // it wants from us
	Interesting      bool // it has what we want
	Connected        time.Duration
	Waiting          int // blocks asked of it
}

// Peers takes a snapshot of all peers.
func (t *Torrent) Peers() []PeerInfo {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]PeerInfo, len(t.peers), len(t.peers)+len(t.webSeeds))
	for i, p := range t.peers {
		out[i] = PeerInfo{
			Addr: p.addr, Client: p.ext.Client, Source: p.source, Incoming: p.incoming, Seed: p.isSeed(),
			Downloaded: p.down.Load(), Uploaded: p.conn.Sent(), RateDown: p.rateDown.get(), RateUp: p.rateUp.get(),
			Choked: p.chokesUs, Choking: p.weChoke.Load(), Interested: p.interested, Interesting: p.interesting,
			Connected: time.Since(p.since), Waiting: int(p.waiting.Load()),
		}
	}
	for _, w := range t.webSeeds {
		out = append(out, w.info())
	}
	return out
}
