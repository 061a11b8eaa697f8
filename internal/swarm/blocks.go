package swarm

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

// maxWaste is how much useless payload a peer may send before it has sent as much that was useful.
const maxWaste = 4 << 20

var (
	errUseless = errors.New("it sends what nobody asked for")
	errFlood   = errors.New("it asks for more than it may have waiting")
)

// Expecting is the number of blocks that are asked for.
func (p *Peer) Expecting() int { return p.asks.len() }

// Block takes a block from the wire to its piece.
func (p *Peer) Block(r peer.Request, b *peer.Block) (bool, error) {
	size := int64(r.Length)
	p.t.downBytes.Add(size)
	a, ok := p.asks.take(r)
	if !ok {
		return false, p.useless(size)
	}
	if a.part.request(a.block).Length != r.Length {
		return false, fmt.Errorf("read piece message: %d bytes where %d were asked for", r.Length, a.part.request(a.block).Length)
	}
	if a.part.closed.Load() {
		return false, p.useless(size)
	}
	taken, whole := a.part.put(a.block, b, p)
	if !taken {
		return false, p.useless(size)
	}
	p.down.Add(size)
	if a.part.shared.Load() {
		p.t.cancelOthers(a.part, a.block, p)
	}
	if whole {
		p.t.whole(a.part)
	}
	return true, nil
}

// useless counts payload that was not needed: it came late, twice or unasked.
func (p *Peer) useless(n int64) error {
	p.t.wasted.Add(n)
	if w := p.waste.Add(n); w > maxWaste && w > p.down.Load() {
		return errUseless
	}
	return nil
}

// Reject takes back what the peer will not give (BEP 6). It may be about to choke us, have too many requests
// waiting, or have lost the piece: it is asked for less, and not before the next tick.
func (p *Peer) Reject(r peer.Request) error {
	a, ok := p.asks.take(r)
	if !ok {
		return nil
	}
	if !p.choked {
		p.pipe.refused()
		p.starved.Store(true)
	}
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	p.waiting.Store(int32(p.asks.len()))
	if a.part.giveBack(a.block) {
		t.feedOthers(p)
	}
	return nil
}

// Request answers a peer that wants a block, if it may have it.
func (p *Peer) Request(r peer.Request) error {
	t := p.t
	ready := t.ready.Load()
	if !ready || p.weChoke.Load() || !t.serves(r) || !p.mayTake(int(r.Index)) {
		if ready && !t.sane(r) {
			return fmt.Errorf("read request: piece %d, %d bytes at %d", r.Index, r.Length, r.Begin)
		}
		if p.fast {
			p.conn.Send(func(b []byte) []byte { return peer.AppendRequest(b, peer.Reject, r) })
		}
		return nil
	}
	p.uploads = append(p.uploads, r)
	return nil
}

// sane reports whether a request names bytes that exist, and not more at once than a block. In v2 torrents the
// zeros that fill up a file's last piece count as existing: libtorrent asks for them.
func (t *Torrent) sane(r peer.Request) bool {
	if int64(r.Index) >= int64(t.info.NumPieces()) || r.Length == 0 || r.Length > peer.BlockSize {
		return false
	}
	size := t.info.PieceSize(int(r.Index))
	if t.info.HasV2() {
		size = t.info.PieceLength
	}
	return int64(r.Begin)+int64(r.Length) <= size
}

// serves reports whether we can give what is asked for.
func (t *Torrent) serves(r peer.Request) bool { return t.sane(r) && t.have.has(int(r.Index)) }

// Cancel takes a request of the peer back.
func (p *Peer) Cancel(r peer.Request) error {
	if i := slices.Index(p.uploads, r); i >= 0 {
		p.uploads = slices.Delete(p.uploads, i, i+1)
		if p.fast {
			p.conn.Send(func(b []byte) []byte { return peer.AppendRequest(b, peer.Reject, r) })
		}
		return nil
	}
	p.conn.CancelUpload(r)
	return nil
}

// ReadBlocks reads what a peer asked for.
func (p *Peer) ReadBlocks(bufs [][]byte, index, begin uint32) error {
	off := int64(index)*p.t.info.PieceLength + int64(begin)
	err := p.t.storage.ReadVec(within(bufs, p.t.info.Length-off), off)
	if err != nil {
		p.t.unreadable(int(index), err)
	}
	return err
}

// within cuts bufs to n bytes and fills what is behind them with zeros.
func within(bufs [][]byte, n int64) [][]byte {
	total := int64(0)
	for _, b := range bufs {
		total += int64(len(b))
	}
	if total <= n {
		return bufs
	}
	var out [][]byte
	for _, b := range bufs {
		k := max(0, min(int64(len(b)), n))
		clear(b[k:])
		if n -= k; k > 0 {
			out = append(out, b[:k])
		}
	}
	return out
}

// viewer is a storage that can show mapped bytes; see peer.Viewer.
type viewer interface {
	View(off int64, n int) (b []byte, pin interface{ Release() }, ok bool)
}

// View shows what a peer asked for where it lies, if the storage can.
func (p *Peer) View(index, begin uint32, n int) ([]byte, peer.Pin, bool) {
	v, ok := p.t.storage.(viewer)
	if !ok {
		return nil, nil, false
	}
	return v.View(int64(index)*p.t.info.PieceLength+int64(begin), n)
}

// Drained passes on what was collected during a read, and asks for more.
func (p *Peer) Drained() error {
	if len(p.uploads) > 0 {
		if !p.conn.Upload(p.uploads...) {
			return errFlood
		}
		p.uploads = p.uploads[:0]
	}
	waiting := p.asks.len()
	if came := int(p.waiting.Swap(int32(waiting))) - waiting; came > 0 {
		now := time.Now()
		p.lastGot.Store(now.UnixNano())
		p.pipe.took(came, now)
	}
	p.refill()
	return nil
}

// refill asks for blocks if the pipeline has room.
func (p *Peer) refill() {
	room := p.pipe.room(p.asks.len())
	if p.choked || room == 0 || p.starved.Load() {
		return
	}
	before := p.asks.len()
	asks := p.asks.tail()
	p.t.mu.Lock()
	if !p.interesting || p.gone {
		p.t.mu.Unlock()
		return
	}
	if p.snubbed {
		room = min(room, max(0, 1-before))
	}
	if p.firstAsk.IsZero() {
		p.firstAsk = time.Now()
	}
	asks = p.t.assign(p, room, asks)
	if len(asks) == before {
		p.starved.Store(true)
	}
	p.t.mu.Unlock()
	p.asks.set(asks)
	if len(asks) == before {
		return
	}
	if before == 0 {
		now := time.Now()
		p.lastGot.Store(now.UnixNano())
		p.pipe.restart(now)
	}
	p.waiting.Store(int32(len(asks)))
	p.line = p.line[:0]
	for _, a := range asks[before:] {
		p.line = peer.AppendRequest(p.line, peer.RequestID, a.part.request(a.block))
	}
	p.conn.Send(func(b []byte) []byte { return append(b, p.line...) })
}

// Poked does what others want of the read loop: cancel what they have got, ask for what became free.
func (p *Peer) Poked() error {
	p.t.mu.Lock()
	cancels := p.cancels
	p.cancels = nil
	if p.giveUp {
		p.giveUp = false
		cancels = append(cancels, p.asks.all()...)
		for _, a := range p.asks.all() {
			a.part.giveBack(a.block)
		}
		p.t.feedStarving()
	}
	p.t.mu.Unlock()
	for _, c := range cancels {
		r := c.part.request(c.block)
		if _, ok := p.asks.take(r); ok {
			p.conn.Send(func(b []byte) []byte { return peer.AppendRequest(b, peer.Cancel, r) })
		}
	}
	p.waiting.Store(int32(p.asks.len()))
	p.refill()
	return nil
}

// cancelOthers tells all others who were asked for a block that it has come.
func (t *Torrent) cancelOthers(part *partial, block int, winner *Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range append(part.again[block], part.first[block]) {
		switch {
		case p == nil || p == winner || p.gone:
		case p.web != nil:
			p.web.got()
		default:
			p.cancels = append(p.cancels, ask{part, block})
			p.conn.Poke()
		}
	}
	delete(part.again, block)
}

// giveBackAll frees all that was asked of the peer. The lock is held and the caller is the read loop, or the
// loop has ended.
func (p *Peer) giveBackAll() {
	for _, a := range p.asks.all() {
		a.part.giveBack(a.block)
	}
	p.asks.clear()
	p.waiting.Store(0)
}
