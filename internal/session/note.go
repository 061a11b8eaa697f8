package session

import (
	"errors"
	"fmt"

	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/tracker"
)

// note says in a few words why nothing moves.
func (t *Torrent) note(s swarm.Stats) string {
	switch s.State {
	case swarm.FetchingMetadata:
		if s.Peers > 0 {
			return fmt.Sprintf("%s connected, none has given the metadata yet", count(s.Peers, "peer"))
		}
		return t.noPeers(s)
	case swarm.Fetching:
		switch {
		case s.RateDown > 0:
			return ""
		case s.Peers == 0:
			return t.noPeers(s)
		case s.Unchoked == 0:
			return fmt.Sprintf("%s connected, none lets us download yet", count(s.Peers, "peer"))
		case s.Seeds == 0:
			return fmt.Sprintf("%s connected, none has what is missing", count(s.Peers, "peer"))
		}
		return fmt.Sprintf("waiting for data from %s", count(s.Unchoked, "peer"))
	case swarm.Finishing:
		return "writing files"
	}
	return ""
}

// noPeers says where peers were looked for, and what came of it.
func (t *Torrent) noPeers(s swarm.Stats) string {
	text := "no peers yet"
	switch {
	case s.HungUp > 0:
		text = fmt.Sprintf("no peers: %s known, %d hung up at the handshake%s", count(s.Known, "address"), s.HungUp, t.s.whyHungUp())
	case s.Known > 0:
		text = fmt.Sprintf("no peers: %s known, none reached", count(s.Known, "address"))
	}
	if s.Banned > 0 {
		text += fmt.Sprintf(", %d banned", s.Banned)
	}
	text += trackersSay(t.sources.status())
	if s.WebSeedFault != nil {
		text += fmt.Sprintf("; web seed %v", s.WebSeedFault)
	}
	switch {
	case t.s.dht == nil || s.Info != nil && s.Info.Private:
	case t.s.DHTNodes() == 0:
		text += "; the DHT is not reached"
	default:
		text += fmt.Sprintf("; DHT has %s and found %s", count(t.s.DHTNodes(), "node"), count(int(t.sources.byDHT.Load()), "address"))
	}
	return text
}

// maxSaid is how much of what a tracker says goes into a note.
const maxSaid = 80

// trackersSay sums up what came of asking trackers.
func trackersSay(all []tracker.Status) string {
	answered, asked := 0, 0
	said := ""
	for _, st := range all {
		var f *tracker.Failure
		switch {
		case !st.Last.IsZero() && st.Err == nil:
			answered++
		case errors.As(st.Err, &f):
			said = fmt.Sprintf("; tracker says: %.*s", maxSaid, f.Reason)
		}
		if st.Err != nil || !st.Last.IsZero() {
			asked++
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case answered > 0:
		return fmt.Sprintf("; %d of %s answer", answered, count(len(all), "tracker"))
	case said != "":
		return said
	case asked == 0:
		return "; asking " + count(len(all), "tracker")
	}
	return "; no tracker answers"
}

// whyHungUp is what our side may have done to make peers hang up.
func (s *Session) whyHungUp() string {
	switch s.cfg.Encryption {
	case mse.Off:
		return " (they may insist on encryption, which is off)"
	case mse.Required:
		return " (they may not encrypt, which is required)"
	}
	return ""
}

// count writes a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "address":
		return fmt.Sprintf("%d addresses", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
