package swarm

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

var (
	errBanned    = errors.New("the address is banned")
	errDuplicate = errors.New("connected to this peer already")
	errSelf      = errors.New("this is ourselves")
	errFull      = errors.New("there are enough peers")
	errNotReady  = errors.New("the torrent takes no peers now")
)

// Accept takes a connection that came in, after the handshakes of both sides, and serves it until it
// ends. It returns why.
func (t *Torrent) Accept(nc net.Conn, hs peer.Handshake, addr netip.AddrPort) error {
	return t.serve(nc, hs, addr, true, "incoming")
}

// serve runs one connection.
func (t *Torrent) serve(nc net.Conn, hs peer.Handshake, addr netip.AddrPort, incoming bool, source string) error {
	p := newPeer(t, nc, hs, addr, incoming, source)
	if err := t.join(p); err != nil {
		nc.Close()
		return err
	}
	err := p.conn.Run(t.ctx)
	t.leave(p)
	t.log.Debug("peer left", "addr", addr, "client", p.client(), "reason", err)
	return err
}

// join adds a peer and sends it our side of the opening.
func (t *Torrent) join(p *Peer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.admit(p); err != nil {
		return err
	}
	t.peers = append(t.peers, p)
	t.conn.Add(1)
	p.open()
	return nil
}

// admit says whether a peer may join.
func (t *Torrent) admit(p *Peer) error {
	switch {
	case t.closed || p.incoming && !t.accepting:
		return errNotReady
	case t.candidates.banned(p.addr.Addr()):
		return errBanned
	case p.id == t.cfg.PeerID:
		if !p.incoming {
			t.candidates.forget(p.addr)
		}
		return errSelf
	case len(t.peers) >= t.cfg.MaxPeers && !t.makeRoomFor(p.addr):
		return errFull
	}
	for _, q := range t.peers {
		if q.id != p.id {
			continue
		}
		// Both sides connected at once: the connection that the greater id opened stays, as both
		// see the same two ids. One that has been there for longer is not given up.
		if q.incoming == p.incoming || t.initiator(p) <= t.initiator(q) || time.Since(q.since) > atOnce {
			return errDuplicate
		}
		q.conn.Close(errDuplicate)
	}
	return nil
}

// atOnce is how far apart two connections between the same peers may begin to count as simultaneous.
const atOnce = 3 * time.Second

// initiator is the peer id of the side that opened the connection.
func (t *Torrent) initiator(p *Peer) string {
	if p.incoming {
		return string(p.id[:])
	}
	return string(t.cfg.PeerID[:])
}

// leave takes a peer out: what it was asked for is free for others.
func (t *Torrent) leave(p *Peer) {
	t.mu.Lock()
	for i, q := range t.peers {
		if q == p {
			t.peers = append(t.peers[:i], t.peers[i+1:]...)
			break
		}
	}
	p.gone = true
	t.upBytes.Add(p.conn.Sent())
	p.giveBackAll()
	for _, part := range t.open {
		if part.only == p {
			part.only = nil
		}
	}
	if t.picker != nil && p.has != nil {
		t.picker.count(p.has, p.counted, -1)
	}
	p.dropFetch()
	p.dropEarly()
	p.withdraw()
	t.candidates.left(p)
	t.feedStarving()
	if !p.weChoke.Load() {
		t.rechoke(false)
	}
	t.mu.Unlock()
	t.conn.Done()
	t.signal()
}

// ban closes the door to an address and to everybody connected from it; it reports whether it was open. The lock is
// held.
func (t *Torrent) ban(p *Peer, why error) bool {
	if p.web != nil {
		return p.web.drop(why)
	}
	addr := p.addr.Addr()
	if t.candidates.banned(addr) {
		return false
	}
	t.candidates.ban(addr)
	for _, q := range t.peers {
		if q.addr.Addr() == addr {
			q.conn.Close(why)
		}
	}
	return true
}

// feedStarving wakes the peers that had nothing to ask for. The lock is held.
func (t *Torrent) feedStarving() { t.feedOthers(nil) }

// feedOthers wakes them but one. The lock is held.
func (t *Torrent) feedOthers(but *Peer) {
	for _, p := range t.peers {
		if p != but && p.starved.Swap(false) {
			p.conn.Poke()
		}
	}
	t.nudgeWebSeeds()
}

// banned says that a peer was, for those who watch.
func (p *Peer) banned() error {
	if p.web != nil {
		return fmt.Errorf("drop web seed %s: %w", p.web.server, ErrBadData)
	}
	return fmt.Errorf("ban peer %s: %w", p.addr.Addr(), ErrBadData)
}

// memoryFree is called when blocks may be reserved again, by whoever gave memory back, perhaps with our
// lock held.
func (t *Torrent) memoryFree() {
	t.freed.Store(true)
	t.signal()
}

// useFreed lets peers ask again that were kept from it by want of memory.
func (t *Torrent) useFreed() {
	if !t.freed.Swap(false) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.starving = false
	t.feedStarving()
}

// onlySeeds begins the time in which nothing is wanted: all hear of it, and connections end from which neither side
// has anything to expect.
func (t *Torrent) onlySeeds() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.onlyUploads() {
		t.tellUploadOnly()
	}
	for _, p := range t.peers {
		if p.wantsNothing() {
			p.conn.Close(errBothSeeds)
		}
	}
}

var errBothSeeds = errors.New("neither side wants anything")
