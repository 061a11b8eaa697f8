package swarm

import (
	"fmt"
	"time"
)

// countWebSeeds adds those that answer to the peers. The lock is held.
func (t *Torrent) countWebSeeds(s *Stats) {
	s.WebSeedFault = t.webFault
	for _, w := range t.webSeeds {
		switch {
		case w.peer.gone:
		case w.fails > 0:
			s.WebSeedFault = fmt.Errorf("%s: %w", w.server, w.fault)
		default:
			s.WebSeeds++
		}
	}
	s.Peers += s.WebSeeds
	s.Seeds += s.WebSeeds
	s.Unchoked += s.WebSeeds
}

// info is what a view of peers shows. The lock is held.
func (w *webSeed) info() PeerInfo {
	p := w.peer
	return PeerInfo{
		Client: w.server.String(), Source: p.source, Seed: p.isSeed(), Downloaded: p.down.Load(), RateDown: p.rateDown.get(),
		Choked: p.snubbed, Choking: true, Interesting: !p.gone, Connected: time.Since(p.since), Waiting: int(p.waiting.Load()),
	}
}
