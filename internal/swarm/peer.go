package swarm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

// Peer is one connected peer as the torrent sees it. It is the handler of its connection.
type Peer struct {
	t        *Torrent
	conn     *peer.Conn // nil for a web seed
	web      *webSeed   // what it stands for, if it is one
	addr     netip.AddrPort
	id       [20]byte
	reserved peer.Reserved
	fast     bool
	v2       bool // a v2 connection: it answers hash requests (BEP 52)
	incoming bool
	utp      bool // it is carried by datagrams
	source   string
	since    time.Time

	// Touched by the read loop alone:
	asks    queue          // blocks asked of it
	pipe    pipeline       // how many to ask for
	choked  bool           // it chokes us
	line    []byte         // requests to send with the next Drained
	uploads []peer.Request // what it asked for since the last Drained

	// Read anywhere:
	down    atomic.Int64 // payload received
	waste   atomic.Int64 // payload that was of no use
	waiting atomic.Int32 // length of asks
	lastGot atomic.Int64 // unix nanoseconds of the last block, or of the first request after a pause
	starved atomic.Bool  // it had room for requests, and there was nothing to ask for
	weChoke atomic.Bool

	// Under the torrent's lock:
	gone        bool
	leaving     bool   // it has made room for another one
	early       early  // what it told before the metadata was known
	has         bitset // nil until the metadata is known
	hasCount    int
	counted     bool           // counted as a seed by the picker
	wants       int            // pieces it has and we want
	interesting bool           // we told it so
	interested  bool           // it told us so
	chokesUs    bool           // the same as choked, for others to see
	snubbed     bool           // it owes us blocks and is silent
	giveUp      bool           // what it owes is to be asked of others
	uploadOnly  bool           // it says that it wants nothing any more
	offered     bitset         // pieces that it was shown, where they are shown one by one
	offers      []offer        // of those, the ones that it has not spread
	cancels     []ask          // what others gave meanwhile
	listens     netip.AddrPort // where it can be dialled, if that is known
	ext         peer.ExtendedHandshake
	hasExt      bool
	fetch       *fetch // the metadata, while it is asked for it
	pex         exchange
	refused     bool // it has no metadata, or gave a wrong one
	noHashes    bool // it did not answer a hash request
	hashesAsked int
	leavesAt    time.Time // when it was given leaf hashes last
	idle        int       // seconds without payload either way
	punched     int       // hole punching messages of the last ten seconds
	rateDown    rate
	speed       rate // what it gives while it is asked for something
	firstAsk    time.Time
	rateUp      rate
}

func newPeer(t *Torrent, nc net.Conn, hs peer.Handshake, addr netip.AddrPort, incoming bool, source string) *Peer {
	p := &Peer{
		t: t, addr: addr, id: hs.PeerID, reserved: hs.Reserved, incoming: incoming, source: source,
		fast: hs.Reserved.Fast(), v2: t.speaksV2(hs, incoming), choked: true, chokesUs: true, since: time.Now(),
	}
	if !incoming {
		p.listens = addr
	}
	if a := nc.LocalAddr(); a != nil {
		p.utp = strings.HasPrefix(a.Network(), "udp")
	}
	p.weChoke.Store(true)
	p.pipe.init()
	p.conn = peer.New(nc, peer.Options{
		Handler: p, Memory: t.cfg.Memory, Source: p, Up: t.cfg.Up, Down: t.cfg.Down, Fast: p.fast,
	})
	return p
}

// open sends what comes first: what we have, and the extension handshake. The torrent's lock is held,
// so that no have message can be missed.
func (p *Peer) open() {
	t := p.t
	if t.super.on.Load() {
		p.offered = make(bitset, len(t.have))
	}
	p.conn.Send(func(b []byte) []byte {
		b = t.appendHave(b, p.fast)
		if p.reserved.Extended() {
			b = p.appendExtendedHandshake(b)
		}
		if p.reserved.DHT() && t.cfg.DHTPort != 0 {
			b = peer.AppendMessage(b, peer.Port, byte(t.cfg.DHTPort>>8), byte(t.cfg.DHTPort))
		}
		return b
	})
	if t.picker != nil {
		p.begin()
	}
}

// appendHave appends the message that tells all we have: bitfield, have all or have none (BEP 3, 6).
func (t *Torrent) appendHave(b []byte, fast bool) []byte {
	if t.picker == nil || t.super.on.Load() || t.cfg.Fleeting {
		if fast {
			b = peer.AppendMessage(b, peer.HaveNone)
		}
		return b
	}
	n := t.info.NumPieces()
	have := t.have.snapshot()
	switch count := have.count(); {
	case fast && count == n:
		return peer.AppendMessage(b, peer.HaveAll)
	case fast && count == 0:
		return peer.AppendMessage(b, peer.HaveNone)
	case count == 0:
		return b
	}
	return peer.AppendMessage(b, peer.Bitfield, have.appendBitfield(nil, n)...)
}

// begin applies what the peer told before the number of pieces was known. The lock is held.
func (p *Peer) begin() {
	n := p.t.info.NumPieces()
	if p.has != nil {
		return
	}
	p.has = newBitset(n)
	e := p.early
	p.dropEarly()
	if e.all {
		p.has.fill(n)
	} else if e.bitfield != nil {
		if has, ok := parseBitfield(e.bitfield, n); ok {
			p.has = has
		}
	}
	for _, i := range e.haves {
		if int(i) < n {
			p.has.set(int(i))
		}
	}
	p.counted = false
	p.recount()
}

// maxTold bounds the bytes of have messages that are sent at once.
const maxTold = 1 << 19

var errTooMuchToTell = errors.New("there is too much to tell: the bitfield of a new connection is shorter")

// tellHave sends a have message for each piece, after it had been told that we have nothing. The lock is held.
func (p *Peer) tellHave() {
	if p.t.super.on.Load() {
		p.offered = make(bitset, len(p.t.have))
		return
	}
	if !p.follows() {
		return
	}
	have := p.t.have.snapshot()
	if 9*have.count() > maxTold {
		p.conn.Close(errTooMuchToTell)
		return
	}
	p.conn.Send(func(b []byte) []byte {
		for i := range p.t.info.NumPieces() {
			if have.has(i) {
				b = peer.AppendIndex(b, peer.Have, uint32(i))
			}
		}
		return b
	})
}

// recount takes the peer's whole set into account again. The lock is held.
func (p *Peer) recount() {
	t := p.t
	n := t.info.NumPieces()
	p.hasCount = p.has.count()
	p.counted = p.hasCount == n
	t.picker.count(p.has, p.counted, 1)
	p.wants = 0
	for w := range p.has {
		p.wants += bits.OnesCount64(p.has[w] & t.want[w] &^ t.verified[w])
	}
	p.starved.Store(false)
	p.showInterest()
}

// showInterest tells the peer whether it has something for us. The lock is held.
func (p *Peer) showInterest() {
	if on := p.wants > 0; on != p.interesting {
		p.interesting = on
		id := peer.NotInterested
		if on {
			id = peer.Interested
		}
		p.conn.Send(func(b []byte) []byte { return peer.AppendMessage(b, id) })
		if on {
			p.conn.Poke()
		}
	}
	if !p.interesting && p.wantsNothing() && p.t.state.Load() == int32(Serving) {
		p.conn.Close(errBothSeeds)
	}
}

func (p *Peer) isSeed() bool { return p.has != nil && p.hasCount == p.t.info.NumPieces() }

// client is what the peer calls itself; untrusted text.
func (p *Peer) client() string {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	return p.ext.Client
}

// Message handles all messages but those about blocks.
func (p *Peer) Message(id peer.ID, payload []byte) error {
	switch id {
	case peer.Choke:
		return p.onChoke()
	case peer.Unchoke:
		return p.onUnchoke()
	case peer.Interested, peer.NotInterested:
		return p.onInterest(id == peer.Interested)
	case peer.Have:
		return p.onHave(binary.BigEndian.Uint32(payload))
	case peer.Bitfield:
		return p.onAll(early{bitfield: payload})
	case peer.HaveAll:
		return p.onAll(early{all: true})
	case peer.HaveNone:
		return p.onAll(early{bitfield: nil})
	case peer.Port:
		if f := p.t.cfg.OnDHTNode; f != nil {
			f(netip.AddrPortFrom(p.addr.Addr(), binary.BigEndian.Uint16(payload)))
		}
		return nil
	case peer.HashRequestID:
		return p.onHashRequest(payload)
	case peer.HashesID:
		return p.onHashes(payload)
	case peer.HashRejectID:
		p.onHashReject()
	case peer.Extended:
		return p.onExtended(payload[0], payload[1:])
	}
	return nil // suggest and allowed fast are hints; what is unknown is passed over (BEP 10)
}

func (p *Peer) onChoke() error {
	p.choked = true
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	p.chokesUs = true
	if !p.fast { // with the fast extension it rejects one by one (BEP 6)
		p.giveBackAll()
		p.t.feedStarving()
	}
	return nil
}

func (p *Peer) onUnchoke() error {
	p.choked = false
	p.starved.Store(false)
	p.t.mu.Lock()
	p.chokesUs, p.snubbed = false, false
	p.t.mu.Unlock()
	return nil
}

func (p *Peer) onInterest(on bool) error {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	if p.interested != on {
		p.interested = on
		p.t.rechoke(false)
		p.offerMore()
	}
	return nil
}

func (p *Peer) onHave(i uint32) error {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.has == nil {
		return p.keepEarly(early{all: p.early.all, bitfield: p.early.bitfield, haves: append(p.early.haves, i)})
	}
	if err := t.validatePiece(i); err != nil {
		return err
	}
	if p.has.has(int(i)) {
		return nil
	}
	p.has.set(int(i))
	p.hasCount++
	t.picker.gained(int(i))
	if t.want.has(int(i)) && !t.verified.has(int(i)) {
		p.wants++
		p.starved.Store(false)
	}
	p.showInterest()
	t.shown(p, int(i))
	return nil
}

// onAll takes a bitfield, have all or have none. Some clients send it late or twice; the last counts.
func (p *Peer) onAll(e early) error {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.has == nil {
		e.bitfield = bytes.Clone(e.bitfield)
		return p.keepEarly(e)
	}
	n := t.info.NumPieces()
	has := newBitset(n)
	switch {
	case e.all:
		has.fill(n)
	case e.bitfield != nil:
		var ok bool
		if has, ok = parseBitfield(e.bitfield, n); !ok {
			return fmt.Errorf("read bitfield: %d bytes for %d pieces", len(e.bitfield), n)
		}
	}
	t.picker.count(p.has, p.counted, -1)
	p.has = has
	p.recount()
	p.offerMore()
	return nil
}
