package lsd

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How many messages a second are read: of one host, and of all.
const (
	maxHostMessages = 10
	maxMessages     = 200
)

// listen takes in what others announce in a group, until the link is closed.
func (s *Service) listen(l link) {
	b := make([]byte, maxReceived+1)
	for {
		n, from, err := l.receive(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !s.pause(l, err) {
				return
			}
			continue
		}
		if !s.limit.allow(from) {
			continue
		}
		if m, ok := parseMessage(b[:n]); ok && m.cookie != s.cookie {
			s.heard(&m, from)
		}
	}
}

// pause waits after a failed read; false when the service ends.
func (s *Service) pause(l link, err error) bool {
	s.log.Debug("lsd: read multicast failed", "group", l.group(), "error", err)
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// heard hands the sender of a message to those who run its torrents, without waiting for them.
func (s *Service) heard(m *message, from netip.Addr) {
	peer := netip.AddrPortFrom(from, m.port)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, hash := range m.hashes {
		t := s.torrents[hash]
		if t == nil || !t.heard.news(peer, now) {
			continue
		}
		for _, r := range t.runs {
			select {
			case r.peers <- peer:
			default:
			}
		}
	}
}

// What is believed of one torrent in a minute. A sender's address can be forged by whoever is in the local
// network, so all of them together are bounded too.
const (
	maxHeard = 256 // peers
	maxPorts = 4   // of one host
	maxPeers = 64  // heard and not yet taken by Run; more are dropped, and come again
)

// hearsay is what was heard of one torrent lately. The zero value is ready for use.
type hearsay struct {
	since time.Time
	peers map[netip.AddrPort]bool
	ports map[netip.Addr]int // number of peers by address
}

// news reports whether a peer is new in this minute and within the bounds.
func (h *hearsay) news(p netip.AddrPort, now time.Time) bool {
	if h.peers == nil || now.Sub(h.since) >= time.Minute {
		h.since, h.peers, h.ports = now, map[netip.AddrPort]bool{}, map[netip.Addr]int{}
	}
	if h.peers[p] || len(h.peers) >= maxHeard || h.ports[p.Addr()] >= maxPorts {
		return false
	}
	h.peers[p] = true
	h.ports[p.Addr()]++
	return true
}

// inflow limits what is read in a second. The zero value is ready for use.
type inflow struct {
	mu    sync.Mutex
	since time.Time
	all   int
	hosts map[netip.Addr]int // at most maxMessages of them
}

func (l *inflow) allow(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.since) >= time.Second {
		l.since, l.all, l.hosts = time.Now(), 0, map[netip.Addr]int{}
	}
	if l.all >= maxMessages || l.hosts[from] >= maxHostMessages {
		return false
	}
	l.all++
	l.hosts[from]++
	return true
}
