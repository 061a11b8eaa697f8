package swarm

import (
	"cmp"
	"slices"
	"time"
)

// evictAfter is how many seconds a piece may lie without a new block before it gives way, where
// memory is needed.
const evictAfter = 15

// soloTime is how long a peer may need for a piece to begin one of its own; a slower one helps
// with pieces that others have begun, so that pieces get whole and can be traded.
const soloTime = 20 * time.Second

// Where pieces are large, peers help each other before they begin more once so many bytes are open: pieces that
// get whole early are hashed while others come in.
const (
	largePiece = 4 << 20
	manyOpen   = 64 << 20
)

// assign appends up to n blocks to ask of p to dst: first what it or nobody works on, then new
// pieces, then what others work on, and at the end of the torrent what others owe. The lock is held
// and the caller is p's read loop.
func (t *Torrent) assign(p *Peer, n int, dst []ask) []ask {
	want := len(dst) + n
	if t.picker == nil || p.wants == 0 {
		return dst
	}
	for _, part := range t.open {
		if len(dst) < want && p.may(part) && (part.last == p || part.orphan() && !t.hasRarer(p, part) || part.single) {
			dst = t.askOf(part, p, want-len(dst), dst)
		}
	}
	if p.slow() || t.info.PieceLength >= largePiece && int64(len(t.open))*t.info.PieceLength >= manyOpen {
		dst = t.help(p, want, dst)
	}
	for len(dst) < want {
		part := t.openPiece(p)
		if part == nil {
			break
		}
		dst = t.askOf(part, p, want-len(dst), dst)
	}
	dst = t.help(p, want, dst)
	if len(dst) < want {
		dst = t.endgame(p, want, dst)
	}
	return dst
}

// askOf asks p for blocks of part.
func (t *Torrent) askOf(part *partial, p *Peer, n int, dst []ask) []ask {
	if part.single && part.only == nil {
		part.only = p
	}
	return part.ask(p, n, dst)
}

// help asks for blocks of pieces that others have begun.
func (t *Torrent) help(p *Peer, want int, dst []ask) []ask {
	for _, part := range t.open {
		if len(dst) < want && p.may(part) {
			dst = t.askOf(part, p, want-len(dst), dst)
		}
	}
	return dst
}

// may reports whether the peer may be asked for unasked blocks of part.
func (p *Peer) may(part *partial) bool {
	return part.unasked > 0 && p.has.has(part.index) && (!part.single || part.only == nil || part.only == p)
}

// orphan reports whether nobody who is of use works on the piece.
func (p *partial) orphan() bool {
	return p.last == nil || p.last.gone || p.last.snubbed || p.last.chokesUs
}

// hasRarer reports whether a seed has a piece to begin that nobody but seeds has, while others have part: what a seed sends
// first is what the swarm has to trade, and the first one's uplink decides how soon there is a copy of everything.
func (t *Torrent) hasRarer(p *Peer, part *partial) bool {
	return p.isSeed() && !t.cfg.Sequential && t.picker.avail[part.index] > 0 && len(t.picker.buckets[0]) > 0
}

// slow reports whether the peer would need too long for a piece of its own.
func (p *Peer) slow() bool {
	r := p.rateDown.get()
	return r > 0 && p.t.info.PieceLength/r > int64(soloTime/time.Second)
}

// openPiece begins the piece that p is to fetch next, or returns nil: none is left, or no memory.
func (t *Torrent) openPiece(p *Peer) *partial {
	if i := t.picker.pick(p.has); i >= 0 {
		return t.openPieceAt(i)
	}
	return nil
}

// openPieceAt begins a missing piece, or returns nil: no memory.
func (t *Torrent) openPieceAt(i int) *partial {
	size := t.info.PieceSize(i)
	if !t.cfg.Memory.Reserve(size) {
		t.starving = true
		return nil
	}
	t.picker.remove(i)
	if t.picker.left == 0 {
		t.feedStarving() // the endgame begins: who was idle may help
	}
	part := newPartial(i, size)
	part.single = t.suspects[i] != nil
	t.open = append(t.open, part)
	return part
}

// endgame asks for blocks that others owe, when nothing is left to begin: of every torrent the last blocks must not wait
// for the slowest peer. A peer is asked for no more than it gives in half a second.
func (t *Torrent) endgame(p *Peer, want int, dst []ask) []ask {
	atEnd := t.picker.left == 0 || t.picker.limit < t.info.NumPieces()
	most, gain := 2+int(p.speed.get()/2/blockSize), endgameGain
	if !atEnd {
		most, gain = 4, rescueGain // others are better served, but this peer has nothing better to do
	}
	if most = min(most, want-len(dst)); p.waiting.Load() > int32(most) {
		return dst
	}
	now := time.Now()
	var late []overdue
	for _, part := range t.open {
		if p.has.has(part.index) && !part.single && (atEnd || part.stale > 3) {
			late = part.overdue(2*p.takes(len(dst)+1)+p.pipe.trip+gain, now, dst, late)
		}
	}
	slices.SortFunc(late, func(a, b overdue) int { return cmp.Compare(b.left, a.left) })
	for _, o := range late {
		if most == 0 || o.left < 2*p.takes(len(dst)+1)+p.pipe.trip+gain {
			break
		}
		dst = o.part.askAgain(p, o.block, dst)
		most--
	}
	return dst
}

// By how much a block has to come sooner from a second peer to be asked of it too: at the end of the torrent, and before
// that, where it only holds a piece up. A block that is asked for twice comes twice more often than not, since it cannot be
// taken back once it is on its way; and what comes twice is taken from somebody else who would have got it. So those that
// take longest are asked for again, and only where it takes half the time.
const (
	endgameGain = 500 * time.Millisecond
	rescueGain  = 5 * time.Second
)

// evict gives up the piece that has waited longest, where the memory it holds keeps others from being
// fetched. The lock is held.
func (t *Torrent) evict() {
	worst := -1
	for i, part := range t.open {
		if part.stale >= evictAfter && (worst < 0 || part.stale > t.open[worst].stale) {
			worst = i
		}
	}
	if worst < 0 {
		return
	}
	part := t.open[worst]
	t.open = append(t.open[:worst], t.open[worst+1:]...)
	t.discard(part)
	t.picker.add(part.index)
	t.starving = false
	t.feedStarving()
}
