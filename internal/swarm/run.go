package swarm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// State is where a torrent is in its life.
type State int32

const (
	FetchingMetadata State = iota
	CheckingData
	Fetching
	Finishing // every wanted piece is here, files get their names
	Serving
)

// ErrIncomplete says that a torrent that was to be seeded only is not all there.
var ErrIncomplete = errors.New("the data is not complete")

// errStopped is the reason of connections that end because the torrent does.
var errStopped = errors.New("the torrent was stopped")

// tick is how often rates are taken, the choker looks and stale things are thrown out.
const tick = time.Second

// checkpointEvery is the most that is lost of a download that is killed. A checkpoint that takes
// long is not repeated before ten times as long has passed.
const checkpointEvery = 3 * time.Second

// Run does the work of the torrent until it is complete (without Keep), has failed, or ctx ends. When
// it returns, every connection is closed and the storage too, within the time that closing gets from
// finish: a context of its own, since ctx may be over.
func (t *Torrent) Run(ctx context.Context, finish func() (context.Context, context.CancelFunc)) (err error) {
	stop := context.AfterFunc(ctx, func() { t.end(context.Cause(ctx)) })
	defer stop()
	defer func() { err = t.close(err, finish) }()
	if t.info == nil {
		t.state.Store(int32(FetchingMetadata))
		t.mu.Lock()
		t.accepting = true // who connects may have the metadata
		t.mu.Unlock()
		if err := t.loop(ctx, t.metadataKnown); err != nil {
			return err
		}
	}
	t.emit(Metadata)
	if t.cfg.MetadataOnly {
		return nil
	}
	t.mu.Lock()
	t.needLayers()
	t.askLayers(time.Now())
	t.mu.Unlock()
	if err := t.loop(ctx, t.layersKnown); err != nil {
		return err
	}
	if err := t.check(ctx); err != nil {
		return err
	}
	return t.exchange(ctx)
}

// check opens the storage and finds out what is there.
func (t *Torrent) check(ctx context.Context) error {
	t.state.Store(int32(CheckingData))
	t.emit(Checking)
	s, err := t.cfg.Open(ctx, t.info, t.layers)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.storage = s
	t.mu.Unlock()
	got, err := s.Check(ctx, func(done, _ int64) { t.checked.Store(done) })
	if err != nil {
		return err
	}
	have := newBitset(t.info.NumPieces())
	copy(have, got)
	if err := t.begin(have); err != nil {
		return err
	}
	t.emit(Checked)
	return nil
}

// begin sets the torrent up with what is there, and applies what peers have told already.
func (t *Torrent) begin(have bitset) error {
	n := t.info.NumPieces()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.verified, t.want = have, newBitset(n)
	t.have = make(sharedSet, len(have))
	missing := newBitset(n)
	for i := range n {
		if have.has(i) {
			t.piecesDone++
			if t.storage.Servable(i) {
				t.have.set(i)
			}
		}
		bytes := t.storage.WantedBytes(i)
		if bytes == 0 {
			continue
		}
		t.want.set(i)
		t.wanted++
		t.wantBytes += bytes
		if have.has(i) {
			t.doneBytes += bytes
		} else {
			missing.set(i)
		}
	}
	t.picker = newPicker(n, missing, t.cfg.Sequential, t.cfg.Rand)
	if t.firstLimit > 0 {
		t.picker.limit = t.firstLimit
	}
	if t.cfg.SeedOnly && t.picker.left > 0 {
		return fmt.Errorf("%w: %d of %d pieces are missing or damaged", ErrIncomplete, t.picker.left, t.wanted)
	}
	t.accepting = true
	t.exchanging = time.Now()
	t.lastSave = t.exchanging
	t.ready.Store(true)
	if t.cfg.SuperSeed && t.piecesDone == n {
		t.startSuper()
	}
	for _, p := range t.peers {
		p.begin()
		p.tellHave()
	}
	return nil
}

// exchange trades pieces until there is nothing left to do.
func (t *Torrent) exchange(ctx context.Context) error {
	defer t.cfg.Memory.Notify(t.memoryFree)()
	t.state.Store(int32(Fetching))
	if !t.fetched() {
		t.startWebSeeds()
		if err := t.loop(ctx, t.fetched); err != nil {
			return err
		}
		t.emit(Downloaded)
	}
	t.state.Store(int32(Finishing))
	if err := t.loop(ctx, t.storage.Complete); err != nil {
		return err
	}
	t.state.Store(int32(Serving))
	t.emit(Complete)
	if !t.cfg.Keep {
		return nil
	}
	t.onlySeeds()
	return t.loop(ctx, func() bool { return false })
}

// loop connects, ticks and waits until done reports true.
func (t *Torrent) loop(ctx context.Context, done func() bool) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		t.mu.Lock()
		err := t.failure
		t.mu.Unlock()
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case done():
			return nil
		}
		t.useFreed()
		t.connect()
		select {
		case <-t.wake:
		case <-ctx.Done():
		case now := <-ticker.C:
			t.tick(now)
		}
	}
}

func (t *Torrent) metadataKnown() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.info != nil
}

// fetched reports whether every wanted piece is verified and written.
func (t *Torrent) fetched() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.picker.left == 0 && len(t.open) == 0 && t.writing == 0
}

// close ends all connections, gives memory back and closes the storage.
func (t *Torrent) close(err error, finish func() (context.Context, context.CancelFunc)) error {
	t.end(errStopped)
	t.mu.Lock()
	t.closed, t.accepting = true, false
	t.room.Broadcast()
	peers := append([]*Peer(nil), t.peers...)
	t.mu.Unlock()
	for _, p := range peers {
		p.conn.Close(errStopped)
	}
	t.conn.Wait()
	if t.storage == nil {
		return err
	}
	ctx, cancel := finish()
	defer cancel()
	if cerr := t.storage.Close(ctx); cerr != nil && err == nil {
		err = cerr
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, part := range t.open {
		t.discard(part)
	}
	t.open = nil
	return err
}

// discard gives the memory of a piece back that is not whole.
func (t *Torrent) discard(part *partial) {
	part.closed.Store(true)
	bs := make([]*peer.Block, 0, len(part.blocks))
	for i := range part.blocks {
		if b := part.blocks[i].Swap(nil); b != nil {
			bs = append(bs, b)
			t.wasted.Add(int64(part.request(i).Length))
		}
	}
	t.cfg.Memory.Recycle(bs)
	t.cfg.Memory.Release(part.size)
}

// setInfo is called by the peer that gave the right metadata.
func (t *Torrent) setInfo(info *metainfo.Info) {
	t.mu.Lock()
	if t.info == nil {
		t.info = info
		t.learnNames(info)
	}
	t.mu.Unlock()
	t.signal()
}
