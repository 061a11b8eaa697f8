package swarm

import (
	"maps"
	"net/netip"

	"github.com/shoal-project/shoal/internal/peer"
)

// maxClient bounds the name that a peer gives its client.
const maxClient = 64

// maxExtensions bounds what is kept of handshakes that come again and again.
const maxExtensions = 200

// appendExtendedHandshake appends our extension handshake (BEP 10). The lock is held.
func (p *Peer) appendExtendedHandshake(b []byte) []byte {
	t := p.t
	h := peer.ExtendedHandshake{
		M: map[string]int64{
			"ut_metadata": int64(peer.ExtMetadata), "upload_only": int64(peer.ExtUploadOnly), "lt_donthave": int64(peer.ExtDontHave),
		},
		Client:      t.cfg.Client,
		MaxRequests: ourMaxQueue,
		Port:        int64(t.cfg.Port),
		YourIP:      p.addr.Addr().Unmap().AsSlice(),
	}
	if !t.cfg.NoPEX && (t.info == nil || !t.info.Private) {
		h.M["ut_pex"] = int64(peer.ExtPEX)
		if t.cfg.Punch != nil {
			h.M["ut_holepunch"] = int64(peer.ExtHolepunch)
		}
	}
	if t.info != nil {
		h.MetadataSize = int64(len(t.info.Raw()))
	}
	if t.onlyUploads() {
		h.UploadOnly = 1
	}
	payload, err := h.Encode()
	if err != nil {
		t.log.Debug("extension handshake not sent", "reason", err)
		return b
	}
	return peer.AppendExtended(b, peer.ExtHandshake, payload)
}

// onExtended takes an extension message; ext is the number that we gave the extension.
func (p *Peer) onExtended(ext byte, payload []byte) error {
	switch ext {
	case peer.ExtHandshake:
		h, err := peer.ParseExtendedHandshake(payload)
		if err != nil {
			p.t.log.Debug("extension handshake passed over", "addr", p.addr, "reason", err)
			return nil
		}
		p.onExtendedHandshake(h)
	case peer.ExtMetadata:
		m, err := peer.ParseMetadata(payload)
		if err != nil {
			return err
		}
		return p.onMetadata(m)
	case peer.ExtPEX:
		return p.onPEX(payload)
	case peer.ExtHolepunch:
		m, err := peer.ParseHolepunch(payload)
		if err != nil {
			return err
		}
		p.onHolepunch(m)
	case peer.ExtUploadOnly:
		on, err := peer.ParseUploadOnly(payload)
		if err != nil {
			return err
		}
		p.onUploadOnly(on)
	case peer.ExtDontHave:
		i, err := peer.ParseDontHave(payload)
		if err != nil {
			return err
		}
		return p.onDontHave(i)
	}
	return nil
}

func (p *Peer) onExtendedHandshake(h peer.ExtendedHandshake) {
	if len(h.Client) > maxClient {
		h.Client = h.Client[:maxClient]
	}
	if h.MaxRequests > 0 {
		p.pipe.limit = int(min(h.MaxRequests, ourMaxQueue))
		p.pipe.target = min(p.pipe.target, p.pipe.limit)
	}
	t := p.t
	if us, ok := netip.AddrFromSlice(h.YourIP); ok && t.cfg.OnSeen != nil {
		t.cfg.OnSeen(p.addr.Addr(), us.Unmap())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := p.ext.M; len(m) > 0 && len(m) < maxExtensions { // once more, because something changed (BEP 10)
		maps.Copy(m, h.M)
		h.M = m
	}
	if h.M == nil {
		h.M = make(map[string]int64)
	}
	p.ext, p.hasExt = h, true
	if p.incoming && h.Port > 0 && h.Port < 1<<16 {
		// Where it listens, for the time after this connection.
		p.listens = netip.AddrPortFrom(p.addr.Addr(), uint16(h.Port))
		t.candidates.connected(p.listens)
	}
	if t.cfg.Fleeting && t.ready.Load() {
		p.tellHave() // it had to wait until we know that it follows
	}
	p.uploadOnly = h.UploadOnly != 0
	p.showInterest()
	t.startFetch(p)
}
