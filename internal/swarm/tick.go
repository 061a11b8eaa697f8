package swarm

import (
	"context"
	"errors"
	"time"
)

const (
	idleTimeout = 2 * time.Minute  // design: a connection that says nothing for so long ends
	snubTime    = 20 * time.Second // a peer that owes blocks for so long is passed over
)

var errIdle = errors.New("it said nothing for two minutes")

// tick does what has to be done every second.
func (t *Torrent) tick(now time.Time) {
	t.mu.Lock()
	t.rateDown.update(t.downBytes.Load(), tick)
	t.rateUp.update(t.uploaded(), tick)
	for _, p := range t.peers {
		p.tick(now)
	}
	for _, w := range t.webSeeds {
		w.tick(now)
	}
	t.feedStarving()
	t.metadataTick(now)
	t.askLayers(now)
	if t.ready.Load() {
		for _, part := range t.open {
			part.age()
		}
		if t.starving {
			t.evict()
		}
		if now.Sub(t.choker.dealt) >= rechokeEvery {
			t.rechoke(true)
		}
		t.superTick()
	}
	save := t.ready.Load() && t.dirty && !t.saving && now.Sub(t.lastSave) >= checkpointEvery
	if save {
		t.saving, t.dirty = true, false
		t.conn.Add(1)
	}
	t.mu.Unlock()
	if save {
		go t.checkpoint()
	}
}

// checkpoint makes what is verified survive a crash.
func (t *Torrent) checkpoint() {
	defer t.conn.Done()
	start := time.Now()
	err := t.storage.Checkpoint(t.ctx)
	t.mu.Lock()
	t.saving = false
	// A slow disk is not kept busy with checkpoints: the next one waits ten times as long as this took.
	t.lastSave = time.Now().Add(10*time.Since(start) - checkpointEvery)
	if now := time.Now(); t.lastSave.Before(now) {
		t.lastSave = now
	}
	t.mu.Unlock()
	if err != nil && !errors.Is(err, context.Canceled) && t.ctx.Err() == nil {
		t.fail(err)
	}
}

// tick takes the peer's rates and looks for silence. The lock is held.
func (p *Peer) tick(now time.Time) {
	p.takeRates()
	p.rateUp.update(p.conn.Sent(), tick)
	if p.conn.Quiet() > idleTimeout {
		p.conn.Close(errIdle)
		return
	}
	if p.rateDown.get() == 0 && p.rateUp.get() == 0 {
		p.idle++
	} else {
		p.idle = 0
	}
	if now.Unix()%10 == 0 {
		p.punched = 0
	}
	p.pexTick(now)
	owes := p.waiting.Load() > 0 && now.Sub(time.Unix(0, p.lastGot.Load())) > snubTime
	if owes {
		p.snubbed, p.giveUp = true, true
		p.conn.Poke() // its read loop frees what it owes
	} else if !owes && p.snubbed && p.rateDown.get() > 0 {
		p.snubbed = false
		p.starved.Store(false)
	}
}

// takeRates measures what the peer gives: over all time, and while it is asked for something. The lock is held.
func (p *Peer) takeRates() {
	down := p.down.Load()
	if p.waiting.Load() == 0 && p.rateDown.last == down {
		p.speed.last = down
	} else {
		p.speed.update(down, tick)
	}
	p.rateDown.update(down, tick)
}

// age counts the seconds in which nothing came for the piece.
func (p *partial) age() {
	left := p.left.Load()
	if left == p.seen {
		p.stale++
	} else {
		p.seen, p.stale = left, 0
	}
}

// uploaded is all payload sent. The lock is held.
func (t *Torrent) uploaded() int64 {
	n := t.upBytes.Load()
	for _, p := range t.peers {
		n += p.conn.Sent()
	}
	return n
}
