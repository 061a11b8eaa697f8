package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/internal/ui/view"
)

// watch lets the full-screen view be opened by a key while bars are shown, or opens it at once.
func (r *report) watch(ctx context.Context, open bool) error {
	stop, err := view.New(r.term, onlooker{r}).Start(ctx, open)
	switch {
	case errors.Is(err, ui.ErrNoConsole), errors.Is(err, ui.ErrDumbTerminal):
		return usagef("--watch: %v", err)
	case err != nil:
		return err
	}
	r.unwatch = stop
	return nil
}

// onlooker is what the view sees of a run: the transfers under way.
type onlooker struct{ r *report }

// Transfers lists them.
func (w onlooker) Transfers() []view.Transfer {
	w.r.mu.Lock()
	all := append([]*transfer(nil), w.r.all...)
	w.r.mu.Unlock()
	out := make([]view.Transfer, len(all))
	for i, t := range all {
		out[i] = view.Transfer{ID: fmt.Sprintf("%p", t), Row: t.row()}
	}
	return out
}

// Detail is what there is to know of one of them.
func (w onlooker) Detail(id string) (d view.Detail) {
	w.r.mu.Lock()
	var t *transfer
	for _, x := range w.r.all {
		if fmt.Sprintf("%p", x) == id {
			t = x
		}
	}
	w.r.mu.Unlock()
	if t == nil {
		return d
	}
	torrent := t.current()
	if torrent == nil {
		return d
	}
	st := torrent.Stats()
	return view.Detail{
		Facts: facts(t, st), Peers: peerRows(torrent.Peers()), Pieces: cells(torrent.Map(view.MaxCells)),
		Finders: finders(torrent.Trackers()), Flags: peerFlags(),
	}
}

// facts are the lines about a transfer.
func facts(t *transfer, st session.Stats) []view.Fact {
	all := []view.Fact{{Label: "infohash", Value: st.InfoHash.String()}}
	if st.Info != nil {
		all = append(all,
			view.Fact{Label: "to", Value: t.path(st.Info)},
			view.Fact{Label: "pieces", Value: fmt.Sprintf("%d of %d, %s each", st.PiecesDone, st.Pieces, ui.Bytes(st.Info.PieceLength))},
		)
	}
	sent := fmt.Sprintf("%s, ratio %.2f", ui.Bytes(st.AllUploaded), ratio(st))
	all = append(all, view.Fact{Label: "sent", Value: sent})
	if st.Wasted > 0 {
		all = append(all, view.Fact{Label: "thrown away", Value: ui.Bytes(st.Wasted)})
	}
	if st.SwarmSeeds >= 0 || st.SwarmLeechers >= 0 {
		all = append(all, view.Fact{Label: "swarm", Value: fmt.Sprintf("%d seeds, %d others", max(0, st.SwarmSeeds), max(0, st.SwarmLeechers))})
	}
	known := fmt.Sprintf("%d connected, %d known, %d banned", st.Peers, st.Known, st.Banned)
	return append(all, view.Fact{Label: "peers", Value: known}, view.Fact{Label: "note", Value: st.Note})
}

// peerRows are the connected peers.
func peerRows(all []session.PeerInfo) []view.Peer {
	out := make([]view.Peer, len(all))
	for i, p := range all {
		out[i] = view.Peer{
			Address: p.Addr.String(), Client: p.Client, Flags: flagsOf(p), Have: -1,
			Down: p.RateDown, Up: p.RateUp, Received: p.Downloaded, Sent: p.Uploaded,
		}
		if p.Seed {
			out[i].Have = 1
		}
		if !p.Addr.IsValid() {
			out[i].Address = p.Source
		}
	}
	return out
}

// flagsOf are the letters of a peer: what goes down, what goes up, how it came.
func flagsOf(p session.PeerInfo) string {
	var b strings.Builder
	for _, f := range []struct {
		on     bool
		letter string
	}{
		{p.Interesting && !p.Choked, "D"}, {p.Interesting && p.Choked, "d"},
		{p.Interested && !p.Choking, "U"}, {p.Interested && p.Choking, "u"},
		{p.Incoming, "I"}, {p.Seed, "S"},
	} {
		if f.on {
			b.WriteString(f.letter)
		}
	}
	return b.String()
}

// peerFlags says what the letters mean.
func peerFlags() []string {
	return []string{
		"D  we may fetch from it; d  we would like to", "U  it may fetch from us; u  it would like to",
		"I  it connected to us", "S  it has everything",
	}
}

func cells(all []session.Cell) []view.Cell {
	out := make([]view.Cell, len(all))
	for i, c := range all {
		out[i] = view.Cell{Pieces: c.Pieces, Wanted: c.Wanted, Have: c.Have, Coming: c.Open, Fewest: c.Fewest}
	}
	return out
}

// finders are the trackers, as far as there are any.
func finders(all []session.TrackerInfo) []view.Finder {
	out := make([]view.Finder, len(all))
	for i, t := range all {
		f := view.Finder{Name: t.URL, Status: "asking", Fault: t.Err != nil}
		switch {
		case t.Err != nil:
			f.Status = t.Err.Error()
		case !t.Last.IsZero():
			f.Status = fmt.Sprintf("%d peers", t.Peers)
		}
		if wait := time.Until(t.Next); !t.Next.IsZero() && wait > 0 {
			f.Status += ", again in " + ui.Duration(wait)
		}
		out[i] = f
	}
	return out
}

// outcomes are what the summary says of the transfers.
func outcomes(all []*transfer) []ui.Outcome {
	out := make([]ui.Outcome, 0, len(all))
	for _, t := range all {
		out = append(out, t.summed())
	}
	return out
}
