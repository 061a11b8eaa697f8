package swarm

import "time"

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
		if len(dst) < want && p.may(part) && (part.last == p || part.orphan() || part.single) {
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

// endgame asks for blocks that others owe, when nothing is left to begin: of every torrent the last
// blocks must not wait for the slowest peer. A peer is asked for no more than it gives in half a second.
func (t *Torrent) endgame(p *Peer, want int, dst []ask) []ask {
	if t.picker.left > 0 && t.picker.limit == t.info.NumPieces() {
		return t.rescue(p, want, dst)
	}
	limit := min(want-len(dst), 2+int(p.rateDown.get()/2/blockSize))
	if p.waiting.Load() > int32(limit) {
		return dst
	}
	for rounds := uint8(2); rounds <= 3 && limit > 0; rounds++ {
		for _, part := range t.open {
			if limit > 0 && p.has.has(part.index) && !part.single {
				before := len(dst)
				// Where nothing comes, those who were asked may all be silent: every second one more may try.
				most := rounds + uint8(min(part.stale, 200))
				dst = part.askAgain(p, limit, most, dst)
				limit -= len(dst) - before
			}
		}
	}
	return dst
}

// rescue asks for blocks of pieces whose last peer owes them for long, though the torrent is not at
// its end: this peer has nothing better to do.
func (t *Torrent) rescue(p *Peer, want int, dst []ask) []ask {
	for _, part := range t.open {
		if len(dst) < want && part.stale > 3 && p.has.has(part.index) && !part.single {
			dst = part.askAgain(p, min(want-len(dst), 4), 2, dst)
		}
	}
	return dst
}

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
