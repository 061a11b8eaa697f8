package swarm

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	maxMetadata  = 10 << 20         // design
	firstFetches = 3                // peers that give the metadata at once, each all of it
	moreFetches  = time.Second      // one more for each of these that it takes: who is slow, or lies, holds nobody up
	maxFetched   = 16 << 20         // bytes that all of them may have given without being done
	fetchTimeout = 15 * time.Second // without a new piece
)

var errBadMetadata = errors.New("it sent metadata that does not match the infohash")

// fetch is the metadata as one peer gives it (BEP 9). Every peer that is asked gives all of it, so
// that whoever gives a wrong one is known; several are asked at once, so that a silent one costs
// nothing.
type fetch struct {
	size  int64
	parts [][]byte // 16 KiB each but for the last; nil until it came
	left  int
	bytes int64     // of those that came
	next  time.Time // by then a new piece has to have come
}

// startFetch asks a peer for the metadata, if it is missing and the peer may have it. The lock is
// held.
func (t *Torrent) startFetch(p *Peer) {
	size := p.ext.MetadataSize
	ext := p.ext.M["ut_metadata"]
	if t.info != nil || p.gone || p.refused || p.fetch != nil || ext <= 0 || ext > 255 {
		return
	}
	if t.fetches > 0 && t.fetches >= firstFetches+int(time.Since(t.fetching)/moreFetches) {
		return
	}
	if size <= 0 || size > maxMetadata {
		return
	}
	n := int((size + peer.MetadataPiece - 1) / peer.MetadataPiece)
	now := time.Now()
	p.fetch = &fetch{size: size, parts: make([][]byte, n), left: n, next: now.Add(fetchTimeout)}
	if t.fetching.IsZero() {
		t.fetching = now
	}
	t.fetches++
	for i := range n {
		p.sendMetadata(peer.MetadataMessage{Type: peer.MetadataRequest, Piece: int64(i)})
	}
}

// endFetch ends what startFetch began and asks somebody else. The lock is held.
func (t *Torrent) endFetch(p *Peer) {
	if p.fetch == nil {
		return
	}
	p.dropFetch()
	for _, q := range t.peers {
		if q != p {
			t.startFetch(q)
		}
	}
}

// dropFetch forgets what the peer gave. The lock is held.
func (p *Peer) dropFetch() {
	if p.fetch == nil {
		return
	}
	p.t.metadataBytes -= p.fetch.bytes
	p.fetch = nil
	p.t.fetches--
}

// metadataTick gives up on peers that are silent, and asks one more. The lock is held.
func (t *Torrent) metadataTick(now time.Time) {
	if t.info != nil {
		return
	}
	for _, p := range t.peers {
		if p.fetch != nil && now.After(p.fetch.next) {
			p.refused = true
			t.endFetch(p)
		}
	}
	for _, p := range t.peers {
		t.startFetch(p)
	}
}

// tooMuch gives up on whoever gave most, where all of it together is too much. The lock is held.
func (t *Torrent) tooMuch() {
	var most *Peer
	for _, p := range t.peers {
		if p.fetch != nil && (most == nil || p.fetch.bytes > most.fetch.bytes) {
			most = p
		}
	}
	if most != nil {
		most.refused = true
		t.endFetch(most)
	}
}

// sendMetadata sends a ut_metadata message under the number that the peer chose. The lock is held.
func (p *Peer) sendMetadata(m peer.MetadataMessage) {
	ext := p.ext.M["ut_metadata"]
	if ext <= 0 || ext > 255 {
		return
	}
	payload, err := m.Encode()
	if err != nil {
		p.t.log.Debug("metadata message not sent", "reason", err)
		return
	}
	p.conn.Send(func(b []byte) []byte { return peer.AppendExtended(b, byte(ext), payload) })
}

// onMetadata takes a ut_metadata message.
func (p *Peer) onMetadata(m peer.MetadataMessage) error {
	switch m.Type {
	case peer.MetadataRequest:
		return p.giveMetadata(m.Piece)
	case peer.MetadataReject:
		p.t.mu.Lock()
		p.refused = true
		p.t.endFetch(p)
		p.t.mu.Unlock()
	case peer.MetadataData:
		return p.takeMetadata(m)
	}
	return nil
}

// giveMetadata answers a request for a piece of the metadata.
func (p *Peer) giveMetadata(piece int64) error {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.info == nil || piece < 0 || piece*peer.MetadataPiece >= int64(len(t.info.Raw())) {
		p.sendMetadata(peer.MetadataMessage{Type: peer.MetadataReject, Piece: piece})
		return nil
	}
	raw, ext := t.info.Raw(), p.ext.M["ut_metadata"]
	if ext <= 0 || ext > 255 {
		return nil
	}
	from := int(piece) * peer.MetadataPiece
	m := peer.MetadataMessage{
		Type: peer.MetadataData, Piece: piece, TotalSize: int64(len(raw)),
		Data: raw[from:min(from+peer.MetadataPiece, len(raw))],
	}
	taken := p.conn.Answer(func(b []byte) []byte {
		payload, err := m.Encode()
		if err != nil {
			return b
		}
		return peer.AppendExtended(b, byte(ext), payload)
	})
	if !taken {
		return errFlood
	}
	return nil
}

// takeMetadata puts a piece in its place; the last one shows whether the peer told the truth.
func (p *Peer) takeMetadata(m peer.MetadataMessage) error {
	t := p.t
	t.mu.Lock()
	f := p.fetch
	if f == nil || m.Piece < 0 || m.Piece >= int64(len(f.parts)) || f.parts[m.Piece] != nil {
		t.mu.Unlock()
		return nil
	}
	want := min(f.size-m.Piece*peer.MetadataPiece, peer.MetadataPiece)
	if int64(len(m.Data)) != want {
		t.mu.Unlock()
		return fmt.Errorf("read metadata: piece %d has %d bytes, not %d", m.Piece, len(m.Data), want)
	}
	f.parts[m.Piece] = bytes.Clone(m.Data)
	f.left--
	f.bytes += want
	f.next = time.Now().Add(fetchTimeout)
	t.metadataBytes += want
	whole := f.left == 0
	if !whole && t.metadataBytes > maxFetched {
		t.tooMuch()
	}
	t.mu.Unlock()
	if !whole {
		return nil
	}
	return p.metadataWhole(bytes.Join(f.parts, nil))
}

// isInfo reports whether raw is the info dictionary that the infohashes name.
func (t *Torrent) isInfo(raw []byte) bool {
	v1 := t.cfg.Hash.IsZero() || sha1.Sum(raw) == t.cfg.Hash
	v2 := t.cfg.HashV2.IsZero() || sha256.Sum256(raw) == t.cfg.HashV2
	return v1 && v2
}

// metadataWhole checks the metadata that a peer gave.
func (p *Peer) metadataWhole(raw []byte) error {
	t := p.t
	right := t.isInfo(raw)
	t.mu.Lock()
	p.refused = true // it is not asked again
	t.endFetch(p)
	if !right {
		t.ban(p, errBadMetadata)
	}
	t.mu.Unlock()
	if !right {
		return errBadMetadata
	}
	info, err := metainfo.ParseInfo(raw)
	if err != nil {
		t.fail(err)
		return nil
	}
	t.setInfo(info)
	return nil
}
