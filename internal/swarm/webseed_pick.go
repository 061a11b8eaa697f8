package swarm

import "time"

const (
	firstRun = 1 << 20         // bytes of the first run of pieces
	minRun   = 256 << 10       // and of the later ones, at least
	maxRun   = 32 << 20        // and at most
	runTime  = 4 * time.Second // how long a run is to take
	maxGaps  = 16              // requests of a run: peers leave gaps of few pieces

	fasterPeers = 4                // a web seed rests while the peers together are so many times faster
	tryAgain    = time.Minute      // after which it is asked all the same, as it may have become faster
	yieldEvery  = 30 * time.Second // how often it makes room under a limit, to see whether the peers fill it
	yieldTime   = 6 * time.Second
	showTime    = 5 * time.Second
	maxOthers   = 50
	soonDone    = 2 // seconds: what the peers give in that time is left to them
)

// peersRate is what the peers give together. The lock is held.
func (t *Torrent) peersRate() (sum int64) {
	for _, p := range t.peers {
		sum += p.rateDown.get()
	}
	return sum
}

// downLimit is the tightest limit, 0 if there is none.
func (t *Torrent) downLimit() (limit int64) {
	for _, l := range t.cfg.Down {
		if r := l.Rate(); r > 0 && (limit == 0 || r < limit) {
			limit = r
		}
	}
	return limit
}

// rests reports whether the peers are so fast that the server is better spared: it costs somebody money, and
// peers come first. The lock is held.
func (w *webSeed) rests(now time.Time) bool {
	t := w.t
	peers := t.peersRate()
	if peers == 0 || t.picker.rare() > 0 && t.downLimit() == 0 {
		return false
	}
	if limit := t.downLimit(); limit > 0 && (t.rateDown.get() >= limit*9/10 || peers >= limit*9/10) {
		if now.Sub(w.yielded) > yieldEvery {
			w.yielded = now
		}
		if peers >= limit*9/10 || now.Sub(w.yielded) < yieldTime {
			return true
		}
	}
	if peers > w.speed && t.wantBytes-t.doneBytes < soonDone*peers {
		return true
	}
	if w.speed > 0 && peers >= fasterPeers*w.speed && now.Sub(w.tried) < tryAgain {
		return true
	}
	w.tried = now
	return false
}

// assign chooses what to fetch next: what nobody of use works on, then a run of new pieces, and at the end of the
// torrent what others owe. The lock is held.
func (w *webSeed) assign(now time.Time) (dst []ask) {
	t, p := w.t, w.peer
	if w.inOrder {
		// What lies behind it would cost the whole file again: that is for the peers, if there are any.
		if dst = w.openRun(int(max(w.runBytes()/t.info.PieceLength, 1)), dst, now); len(dst) > 0 || t.peersRate() > 0 {
			return dst
		}
	}
	spared := w.spared(now)
	for _, part := range t.open {
		orphan := part.orphan() && (!spared || t.picker.avail[part.index] == 0 && t.picker.seeds == 0)
		if p.may(part) && (part.last == p || orphan || part.single) {
			dst = t.askOf(part, p, len(part.blocks), dst)
		}
	}
	most := w.runBytes()
	if rare, n := t.picker.rare(), w.others(); rare > 0 && n > 0 {
		most = min(most, int64(max(1, rare/(othersShare*(n+1))))*t.info.PieceLength)
	}
	for gaps := 0; gaps < maxGaps && int64(len(dst))*blockSize < most; gaps++ {
		before := len(dst)
		left := most - int64(before)*blockSize
		if dst = w.openRun(int(max(left/t.info.PieceLength, 1)), dst, now); len(dst) == before {
			break
		}
	}
	if len(dst) == 0 && !spared {
		want := int(most / blockSize)
		if dst = t.help(p, want, dst); len(dst) == 0 {
			dst = t.endgame(p, want, dst)
		}
	}
	return dst
}

// runBytes is how much to fetch in one go: as much as comes in a few seconds, so that a request costs little, but
// no more than its share of what is left. The lock is held.
func (w *webSeed) runBytes() int64 {
	if w.speed == 0 {
		return firstRun
	}
	n := min(max(w.speed*int64(runTime/time.Second), minRun), maxRun)
	if peers := w.t.peersRate(); peers > 0 {
		left := float64(w.t.wantBytes - w.t.doneBytes)
		n = min(n, int64(left*float64(w.speed)/float64(w.speed+peers)))
	}
	return max(n, blockSize)
}

// spared reports whether what peers have is left to them. They have a while to show what they can; then they have to be worth
// it. Where there is a seed among them it is only for speed that the server is used too, so they have to be much
// faster. The lock is held.
func (w *webSeed) spared(now time.Time) bool {
	t := w.t
	peers := t.peersRate()
	switch {
	case t.picker.seeds > 0:
		return peers >= fasterPeers*max(w.speed, 1)
	case t.picker.rare() > 0:
		return peers > 0
	case w.common.IsZero():
		w.common = now
	}
	if now.Sub(w.common) < showTime {
		return len(t.peers) > 0
	}
	return peers > 0 && peers >= w.speed/fasterPeers
}

// others is how many peers there seem to be that fetch from the server too. The lock is held.
func (w *webSeed) others() int {
	return max(len(w.t.peers), min(len(w.t.candidates.order), maxOthers))
}

// othersShare keeps what all peers fetch from a server at once a small part of what no peer has: the fewer such pieces there
// are, the likelier it is that others are fetching them too.
const othersShare = 4

// dares reports whether to fetch one of the last few pieces that no peer has. Where there are more peers than such pieces,
// most likely some of them are fetching these already: whoever waits will hear of it. The lock is held.
func (w *webSeed) dares(rare int) bool {
	n := len(w.t.peers)
	return rare > n || w.t.cfg.Rand.IntN(n+1) < max(rare, n/4)
}

// openRun begins up to n neighbouring pieces: of those that no peer has, as long as there are any, since then every peer has
// something for the others. The fewer they are the shorter is the run, as the others are about to fetch them too.
func (w *webSeed) openRun(n int, dst []ask, now time.Time) []ask {
	t := w.t
	first, length := 0, 0
	if rare := t.picker.rare(); rare > 0 && !w.inOrder {
		if !w.dares(rare) {
			return dst
		}
		first, length = t.picker.run(w.peer.has, w.next, n, false, true)
	}
	if length == 0 {
		if !w.inOrder && w.spared(now) {
			return dst
		}
		first, length = t.picker.run(w.peer.has, w.next, n, w.inOrder, false)
	}
	if w.inOrder && first < w.next && t.peersRate() > 0 {
		return dst
	}
	for i := first; i < first+length; i++ {
		part := t.openPieceAt(i)
		if part == nil {
			break
		}
		dst = t.askOf(part, w.peer, len(part.blocks), dst)
		w.next = i + 1
	}
	return dst
}

// run chooses up to most neighbouring missing pieces of those in has: from next on where the last run ended, in a
// sequential torrent the first ones, inOrder those that come next, else where the most lie together, so
// that one request gets many and peers' rare pieces are not in the way (BEP 19 "gaps"). With rare it takes those alone that
// no peer has.
func (k *picker) run(has bitset, next, most int, inOrder, rare bool) (first, n int) {
	total := len(k.avail)
	free := func(i int) bool { return has.has(i) && k.missing.has(i) && (!rare || k.avail[i] == 0) }
	length := func(i int) (n int) {
		for n < most && i+n < total && free(i+n) {
			n++
		}
		return n
	}
	switch {
	case k.left == 0 || most <= 0:
		return 0, 0
	case k.sequential:
		next, inOrder = 0, true
	case next >= 0 && next < total && free(next):
		return next, length(next)
	}
	if inOrder {
		if first = k.first(has, 0); first < 0 {
			return 0, 0
		}
		for i := max(next, 0); i < total; i++ {
			if free(i) {
				first = i
				break
			}
		}
		return first, length(first)
	}
	start := k.rand.IntN(total)
	if rare { // others look for the same: each begins somewhere else
		start = int(k.buckets[0][k.rand.IntN(len(k.buckets[0]))])
		if free(start) {
			return start, length(start)
		}
	}
	for i, seen := start, 0; seen < total && n < most; {
		l := length(i)
		if l > n {
			first, n = i, l
		}
		step := max(l, 1)
		if i&63 == 0 && l == 0 && has[i>>6]&k.missing[i>>6] == 0 {
			step = 64
		}
		seen += step
		if i += step; i >= total {
			i = 0
		}
	}
	return first, n
}

// tick takes the rate, and ends a run that holds the peers up. The lock is held.
func (w *webSeed) tick(now time.Time) {
	p := w.peer
	p.takeRates()
	if w.run != nil && now.Sub(w.run.began) > 3*runTime {
		own := p.rateDown.get()
		if peers := w.t.peersRate(); peers > own && p.takes(int(p.waiting.Load())) > 3*runTime {
			w.stop(errTooSlow)
		}
	}
	w.nudge()
}
