package swarm

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"slices"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/peer"
)

const blockSize = peer.BlockSize

// ErrBadData says that a peer sent data that does not match the torrent.
var ErrBadData = errors.New("it sent wrong data")

// suspicion is what is remembered of a piece that was wrong and came from several peers.
type suspicion struct {
	hashes [][sha1.Size]byte
	from   []*Peer
}

// whole takes a piece whose last block has come to the storage. It is called by the read loop that
// brought the block.
func (t *Torrent) whole(part *partial) {
	t.mu.Lock()
	if part.closed.Swap(true) {
		t.mu.Unlock()
		return
	}
	if i := slices.Index(t.open, part); i >= 0 {
		last := len(t.open) - 1
		t.open[i] = t.open[last]
		t.open[last] = nil
		t.open = t.open[:last]
	}
	t.writing++
	s := t.suspects[part.index]
	t.mu.Unlock()
	if s != nil && s.hashes != nil {
		part.sums = part.hashes()
	}
	t.storage.Write(part.index, part.take(), func(r disk.Result) { t.written(part, r) })
	t.awaitRoom()
}

// maxWaiting is how many bytes of whole pieces may wait to be hashed and written.
const maxWaiting = 8 << 20

// awaitRoom holds a read loop up while too many pieces wait for the workers: the sender feels it, and memory
// stays bounded however slow the disk is. Three pieces keep two workers and a writer busy.
func (t *Torrent) awaitRoom() {
	limit := max(3, int(maxWaiting/t.info.PieceLength))
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.writing > limit && !t.closed {
		t.room.Wait()
	}
}

// written hears what became of a piece, on a hashing worker.
func (t *Torrent) written(part *partial, r disk.Result) {
	var liars []*Peer
	t.mu.Lock()
	t.writing--
	switch {
	case r.Err != nil:
		if t.failure == nil {
			t.failure = r.Err
		}
	case r.Good:
		liars = t.clear(part)
		t.gained(part.index)
	default:
		liars = t.blame(part)
		t.wasted.Add(part.size)
		t.picker.add(part.index)
		t.feedStarving()
	}
	liars = slices.DeleteFunc(liars, func(p *Peer) bool { return !t.ban(p, ErrBadData) })
	t.room.Broadcast()
	last := t.picker.left == 0 && t.writing == 0
	t.mu.Unlock()
	t.cfg.Memory.Release(part.size)
	for _, p := range liars {
		t.warn(p.banned())
	}
	if last || r.Err != nil {
		t.signal()
	}
}

// gained takes a verified piece into account and tells the peers. The lock is held.
func (t *Torrent) gained(i int) {
	t.verified.set(i)
	t.dirty = true
	t.piecesDone++
	t.picker.got++
	if t.want.has(i) {
		t.doneBytes += t.storage.WantedBytes(i)
	}
	serve := t.storage.Servable(i)
	if serve {
		t.have.set(i)
	}
	for _, p := range t.peers {
		if p.has == nil {
			continue
		}
		if p.has.has(i) && t.want.has(i) {
			p.wants--
			p.showInterest()
		}
		// Who has the piece is told too, unless it has all: a seed that shows its pieces one by one (BEP 16) waits to hear
		// that they came.
		if serve && !p.isSeed() && p.follows() {
			p.conn.Send(func(b []byte) []byte { return peer.AppendIndex(b, peer.Have, uint32(i)) })
		}
	}
}

// blame decides who is at fault for a bad piece. One giver is the liar; among several it is not known
// yet: the hashes of the blocks are kept, and one peer alone gives the piece the next time. The lock
// is held.
func (t *Torrent) blame(part *partial) (liars []*Peer) {
	one := part.from[0]
	for _, p := range part.from {
		if p.id != one.id || p.addr != one.addr {
			one = nil
			break
		}
	}
	if one != nil {
		if t.suspects[part.index] == nil {
			t.suspects[part.index] = &suspicion{}
		}
		return []*Peer{one}
	}
	t.suspects[part.index] = &suspicion{hashes: part.hashes(), from: part.from}
	t.askLeaves(part)
	return nil
}

// hashes hashes the blocks of a whole piece one by one.
func (p *partial) hashes() [][sha1.Size]byte {
	sums := make([][sha1.Size]byte, len(p.blocks))
	for i := range p.blocks {
		sums[i] = sha1.Sum(p.blocks[i].Load()[:p.request(i).Length])
	}
	return sums
}

// clear compares a good piece with what was kept of a bad one: whoever gave a block that differs lied.
// The lock is held.
func (t *Torrent) clear(part *partial) (liars []*Peer) {
	s := t.suspects[part.index]
	if s == nil {
		return nil
	}
	delete(t.suspects, part.index)
	for i := range s.hashes {
		if p := s.from[i]; part.sums[i] != s.hashes[i] && !slices.Contains(liars, p) {
			liars = append(liars, p)
		}
	}
	return liars
}

// unreadable hears that a piece that was here cannot be read any more.
func (t *Torrent) unreadable(i int, err error) {
	t.mu.Lock()
	first := t.lost(i)
	t.mu.Unlock()
	if first {
		t.warn(fmt.Errorf("serve piece %d: %w", i, err))
	}
}
