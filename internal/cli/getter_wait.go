package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

// errStalled is a transfer of which no byte came for the time of --stall-timeout.
var errStalled = fmt.Errorf("%w without a byte", errTimeout)

// wait returns when everything that was wanted is there, or the torrent has failed or may take no
// longer.
func (g *getter) wait(ctx context.Context, t *transfer, torrent *session.Torrent) error {
	stall := newStallWatch(time.Duration(t.order.o.stall))
	defer stall.stop()
	for {
		select {
		case <-t.done:
			return nil
		case <-torrent.Done():
			return advised(torrent.Err())
		case now := <-stall.ticks:
			if stall.over(now, torrent.Stats()) && !t.isComplete() {
				return t.gaveUp(errStalled, torrent)
			}
		case <-ctx.Done():
			if t.isComplete() { // at the same time
				<-t.done
				return nil
			}
			return t.gaveUp(context.Cause(ctx), torrent)
		}
	}
}

// stallWatch looks whether bytes come.
type stallWatch struct {
	limit  time.Duration // 0: never over
	ticks  <-chan time.Time
	ticker *time.Ticker
	bytes  int64 // that had come
	state  session.State
	moved  time.Time // when that was found
}

func newStallWatch(limit time.Duration) *stallWatch {
	w := &stallWatch{limit: limit, moved: time.Now()}
	if limit > 0 {
		w.ticker = time.NewTicker(min(max(limit/8, 10*time.Millisecond), time.Second))
		w.ticks = w.ticker.C
	}
	return w
}

func (w *stallWatch) stop() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
}

// over says whether nothing has come for too long. While what is there is hashed or written, or whoever
// reads it takes nothing, nothing has to.
func (w *stallWatch) over(now time.Time, st session.Stats) bool {
	waits := st.State == session.StateMetadata || st.State == session.StateDownloading && !st.Blocked
	if !waits || st.Downloaded != w.bytes || st.State != w.state {
		w.bytes, w.state, w.moved = st.Downloaded, st.State, now
	}
	return now.Sub(w.moved) >= w.limit
}

// advised adds to a fault of the storage what the user can do.
func advised(err error) error {
	var fault *disk.Error
	if !errors.As(err, &fault) {
		return streamFault(err)
	}
	switch fault.Kind {
	case disk.InTheWay:
		return hinted(err, "--overwrite replaces it, --output chooses another place")
	case disk.Locked:
		return hinted(err, "wait for it, or choose another place with --output")
	case disk.Full:
		return hinted(err, "make room and run the same command again: it goes on where it was")
	}
	return err
}

// gaveUp says why a download ended before it was complete, with what stood in its way as the hint.
func (t *transfer) gaveUp(cause error, torrent *session.Torrent) error {
	if !errors.Is(cause, errTimeout) {
		return cause
	}
	st := torrent.Stats()
	err := cause
	if st.State == session.StateMetadata {
		err = session.ErrNoMetadata
	} else if st.Total > 0 {
		err = fmt.Errorf("%w: %s of %s", cause, ui.Bytes(st.Verified), ui.Bytes(st.Total))
	}
	if hint := t.obstacle(st); hint != "" {
		return hinted(err, hint)
	}
	return err
}

// obstacle says what stands in the way of a download, and what can be done about it.
func (t *transfer) obstacle(st session.Stats) string {
	switch {
	case st.State != session.StateMetadata && st.State != session.StateDownloading:
		return st.Note
	case st.Note == "" && st.Peers > 0: // there was a byte a moment ago
		return "peers are connected, and have stopped sending"
	case st.Note == "":
		return "the peers have left"
	case st.Peers > 0, st.Known > 0 && st.Connecting > 0:
		return st.Note
	case strings.Contains(st.Note, "none reached"):
		return st.Note + ": they may have left, or a firewall is in between"
	case st.Known > 0, st.Info != nil && st.Info.Private:
		return st.Note
	}
	switch nodes := t.dhtNodes(); {
	case nodes == 0:
		return st.Note + ": is the network up?"
	case nodes > 0:
		return st.Note + ": nobody seems to share it at the moment"
	case len(t.order.o.peers)+len(t.order.o.trackers) == 0:
		return st.Note + "; the DHT is off: --tracker URL and --peer HOST:PORT name others to ask"
	}
	return st.Note
}

// dhtNodes is how many nodes of the DHT answer, -1 where it is not used.
func (t *transfer) dhtNodes() int {
	s, err := t.engine.open()
	if err != nil || t.order.o.network.noDHT || t.order.o.network.proxy.Proxy != nil {
		return -1
	}
	return s.DHTNodes()
}
