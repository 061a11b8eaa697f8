package swarm

import (
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
	maxFetches   = 3                // peers that give the metadata at once, each all of it
	fetchTimeout = 15 * time.Second // without a new piece
)

var errBadMetadata = errors.New("it sent metadata that does not match the infohash")

// fetch is the metadata as one peer gives it (BEP 9). Every peer that is asked gives all of it, so
// that whoever gives a wrong one is known; several are asked at once, so that a silent one costs
// nothing.
type fetch struct {
	buf  []byte
	got  []bool
	left int
	next time.Time // by then a new piece has to have come
}

// startFetch asks a peer for the metadata, if it is missing and the peer may have it. The lock is
// held.
func (t *Torrent) startFetch(p *Peer) {
	size := p.ext.MetadataSize
	ext := p.ext.M["ut_metadata"]
	if t.info != nil || p.gone || p.refused || p.fetch != nil || t.fetches >= maxFetches || ext <= 0 || ext > 255 {
		return
	}
	if size <= 0 || size > maxMetadata {
		return
	}
	n := int((size + peer.MetadataPiece - 1) / peer.MetadataPiece)
	p.fetch = &fetch{buf: make([]byte, size), got: make([]bool, n), left: n, next: time.Now().Add(fetchTimeout)}
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
	p.fetch = nil
	t.fetches--
	for _, q := range t.peers {
		if q != p {
			t.startFetch(q)
		}
	}
}

// metadataTick gives up on peers that are silent. The lock is held.
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
		p.giveMetadata(m.Piece)
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
func (p *Peer) giveMetadata(piece int64) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.info == nil || piece < 0 || piece*peer.MetadataPiece >= int64(len(t.info.Raw())) {
		p.sendMetadata(peer.MetadataMessage{Type: peer.MetadataReject, Piece: piece})
		return
	}
	raw := t.info.Raw()
	from := int(piece) * peer.MetadataPiece
	p.sendMetadata(peer.MetadataMessage{
		Type: peer.MetadataData, Piece: piece, TotalSize: int64(len(raw)),
		Data: raw[from:min(from+peer.MetadataPiece, len(raw))],
	})
}

// takeMetadata puts a piece in its place; the last one shows whether the peer told the truth.
func (p *Peer) takeMetadata(m peer.MetadataMessage) error {
	t := p.t
	t.mu.Lock()
	f := p.fetch
	if f == nil || m.Piece < 0 || m.Piece >= int64(len(f.got)) || f.got[m.Piece] {
		t.mu.Unlock()
		return nil
	}
	to := f.buf[m.Piece*peer.MetadataPiece:]
	to = to[:min(len(to), peer.MetadataPiece)]
	if len(m.Data) != len(to) {
		t.mu.Unlock()
		return fmt.Errorf("read metadata: piece %d has %d bytes, not %d", m.Piece, len(m.Data), len(to))
	}
	copy(to, m.Data)
	f.got[m.Piece] = true
	f.left--
	f.next = time.Now().Add(fetchTimeout)
	whole := f.left == 0
	t.mu.Unlock()
	if !whole {
		return nil
	}
	return p.metadataWhole(f.buf)
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
