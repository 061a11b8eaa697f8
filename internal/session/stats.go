package session

import (
	"time"

	"github.com/shoal-project/shoal/internal/swarm"
)

// Stats takes a snapshot.
func (t *Torrent) Stats() Stats {
	s := t.swarm.Stats()
	t.mu.Lock()
	up, down := t.beforeUp, t.beforeDown
	t.mu.Unlock()
	out := Stats{
		State: t.state(s.State), Name: t.name(s), InfoHash: t.short(), HashV2: t.hashV2, Info: s.Info,
		Total: s.Total, Done: s.Done, Verified: s.Verified, Checked: s.Checked,
		Downloaded: s.Downloaded, Uploaded: s.Uploaded, AllUploaded: s.Uploaded + up, AllDownloaded: s.Downloaded + down,
		Wasted: s.Wasted, RateDown: s.RateDown, RateUp: s.RateUp,
		Peers: s.Peers, Seeds: s.Seeds, Connecting: s.Dialing, Known: s.Known, Banned: s.Banned,
		Pieces: s.Pieces, PiecesDone: s.PiecesDone,
	}
	if s.Info != nil && s.State == swarm.CheckingData {
		out.Total = s.Info.Length
	}
	if s.State == swarm.Fetching && s.RateDown > 0 {
		out.ETA = time.Duration(float64(s.Total-s.Done)/float64(s.RateDown)*float64(time.Second)) + time.Second
	}
	out.SwarmSeeds, out.SwarmLeechers = t.sources.counts()
	out.Blocked = s.State == swarm.Fetching && s.RateDown == 0 && t.blocked()
	out.Note = t.note(s)
	if out.Blocked {
		out.Note = "waiting for whoever reads the data"
	}
	return out
}

// state translates the swarm's state; an ended torrent has one of its own.
func (t *Torrent) state(s swarm.State) State {
	t.mu.Lock()
	failed := t.failed
	t.mu.Unlock()
	if failed {
		return StateFailed
	}
	switch {
	case s == swarm.Serving && !t.opts.Keep:
		return StateComplete
	case t.ctx.Err() != nil && s != swarm.Serving:
		return StateStopped
	}
	return [...]State{
		swarm.FetchingMetadata: StateMetadata, swarm.CheckingData: StateChecking, swarm.Fetching: StateDownloading,
		swarm.Finishing: StateFinishing, swarm.Serving: StateSeeding,
	}[s]
}

// name is what the torrent is called, as far as is known.
func (t *Torrent) name(s swarm.Stats) string {
	t.mu.Lock()
	given := t.opts.Name
	t.mu.Unlock()
	switch {
	case given != "":
		return given
	case s.Info != nil:
		return s.Info.Name
	case t.opts.Magnet != nil && t.opts.Magnet.Name != "":
		return t.opts.Magnet.Name
	}
	return t.short().String()
}

// Map divides the pieces into at most n cells, in order; nil until it is known what is there.
func (t *Torrent) Map(n int) []Cell { return t.swarm.Map(n) }

// Trackers is the state of each tracker that is asked for this torrent.
func (t *Torrent) Trackers() (all []TrackerInfo) {
	for _, s := range t.sources.status() {
		all = append(all, TrackerInfo{
			URL: s.URL, Last: s.Last, Next: s.Next, Err: s.Err, Warning: s.Warning, Seeds: s.Seeders, Leechers: s.Leechers, Peers: s.Peers,
		})
	}
	return all
}

// Peers takes a snapshot of the connected peers.
func (t *Torrent) Peers() []PeerInfo {
	ps := t.swarm.Peers()
	out := make([]PeerInfo, len(ps))
	for i, p := range ps {
		out[i] = PeerInfo{
			Addr: p.Addr, Client: p.Client, Source: p.Source, Incoming: p.Incoming, Seed: p.Seed,
			Downloaded: p.Downloaded, Uploaded: p.Uploaded, RateDown: p.RateDown, RateUp: p.RateUp,
			Choked: p.Choked, Choking: p.Choking, Interested: p.Interested, Interesting: p.Interesting,
		}
	}
	return out
}
