package swarm

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

const (
	rechokeEvery    = 10 * time.Second // BEP 3 "choking and optimistic unchoking"
	optimisticEvery = 30 * time.Second
)

// choker remembers who has the optimistic slot and when the slots were dealt out.
type choker struct {
	rand       *rand.Rand
	slots      slots
	sent       int64 // payload, when they were dealt out
	dealt      time.Time
	rotated    time.Time
	optimistic *Peer
}

// standing is what the choker knows of a peer that wants something.
type standing struct {
	peer     *Peer
	rate     int64 // what it gives us, or takes from us when we seed
	unchoked bool
	snubbed  bool
	since    time.Time // when it connected
}

// better orders peers by what they deserve: first who gives (or takes) most, then who has a slot, so
// that slots do not change hands for nothing, then who came first.
func better(a, b standing) int {
	return cmp.Or(
		cmp.Compare(b.rate, a.rate),
		cmp.Compare(btoi(b.unchoked), btoi(a.unchoked)),
		a.since.Compare(b.since),
	)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// deal chooses who gets the slots: the best, and one by luck.
func (c *choker) deal(all []standing, slots int, now time.Time) map[*Peer]bool {
	slices.SortStableFunc(all, better)
	chosen := make(map[*Peer]bool, slots)
	for _, s := range all {
		if len(chosen) == slots-1 {
			break
		}
		if !s.snubbed {
			chosen[s.peer] = true
		}
	}
	var rest []*Peer
	for _, s := range all {
		if !chosen[s.peer] {
			rest = append(rest, s.peer)
		}
	}
	if len(rest) == 0 {
		c.optimistic = nil
		return chosen
	}
	if !slices.Contains(rest, c.optimistic) || now.Sub(c.rotated) >= optimisticEvery {
		c.optimistic, c.rotated = rest[c.rand.IntN(len(rest))], now
	}
	chosen[c.optimistic] = true
	return chosen
}

// rechoke deals the slots out. Between the regular times it only fills free ones, so that somebody
// who becomes interested does not wait for ten seconds. The lock is held.
func (t *Torrent) rechoke(regular bool) {
	if !t.ready.Load() || t.closed {
		return
	}
	now := time.Now()
	if !regular {
		t.fillSlots()
		return
	}
	free := t.countSlots(now)
	t.choker.dealt = now
	seeding := t.picker.left == 0
	var all []standing
	for _, p := range t.peers {
		if p.interested {
			s := standing{p, p.rateDown.get(), !p.weChoke.Load(), p.snubbed && !seeding, p.since}
			if seeding {
				s.rate = p.rateUp.get()
			}
			all = append(all, s)
		}
	}
	chosen := t.choker.deal(all, free, now)
	for _, p := range t.peers {
		p.choke(!chosen[p])
	}
}

// countSlots says how many slots there are from now on. The lock is held.
func (t *Torrent) countSlots(now time.Time) int {
	c := &t.choker
	sent := t.uploaded()
	var rate int64
	if d := now.Sub(c.dealt); !c.dealt.IsZero() && d > 0 {
		rate = int64(float64(sent-c.sent) / d.Seconds())
	}
	c.sent = sent
	waiting := false
	for _, p := range t.peers {
		waiting = waiting || p.interested && p.weChoke.Load()
	}
	var limit int64
	for _, l := range t.cfg.Up {
		if r := l.Rate(); r > 0 && (limit == 0 || r < limit) {
			limit = r
		}
	}
	return c.slots.adapt(rate, waiting, limit)
}

// fillSlots chokes who is not interested any more and gives free slots to those who wait.
func (t *Torrent) fillSlots() {
	free := cmp.Or(t.choker.slots.n, usualSlots)
	for _, p := range t.peers {
		if !p.interested {
			p.choke(true)
		} else if !p.weChoke.Load() {
			free--
		}
	}
	for _, p := range t.peers {
		if free > 0 && p.interested && p.weChoke.Load() {
			p.choke(false)
			free--
		}
	}
}

// choke changes our side of the connection. The lock is held.
func (p *Peer) choke(on bool) {
	if p.weChoke.Swap(on) == on {
		return
	}
	if on {
		p.conn.SendChoke()
		return
	}
	p.conn.Send(func(b []byte) []byte { return peer.AppendMessage(b, peer.Unchoke) })
}
