package lsd

import (
	"net/netip"
	"slices"
	"time"
)

const (
	interval = 5 * time.Minute // between announces of a torrent
	spacing  = time.Minute     // at least, also when it was stopped and started anew
	gather   = 200 * time.Millisecond
	maxPeers = 64 // heard and not yet taken by Run; more are dropped, and come again
)

// torrent is what is announced of one infohash.
type torrent struct {
	runs  []*run
	sent  time.Time // the last announce; zero if there was none
	newer bool      // a run came since
}

// wait is the time until the torrent is to be announced.
func (t *torrent) wait(now time.Time) time.Duration {
	every := interval
	if t.newer {
		every = spacing
	}
	return t.sent.Add(every).Sub(now)
}

// ports are the different ports that the torrent is shared on: one, but for odd callers.
func (t *torrent) ports() []uint16 {
	var out []uint16
	for _, r := range t.runs {
		if !slices.Contains(out, r.port) {
			out = append(out, r.port)
		}
	}
	return out
}

// run is one call of Run.
type run struct {
	port  uint16
	peers chan netip.AddrPort
}

// join makes an infohash one of those that are announced.
func (s *Service) join(hash [20]byte, port uint16) (peers <-chan netip.AddrPort, leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, ErrClosed
	}
	r := &run{port, make(chan netip.AddrPort, maxPeers)}
	if s.torrents[hash] == nil {
		s.torrents[hash] = &torrent{}
	}
	t := s.torrents[hash]
	t.runs, t.newer = append(t.runs, r), true
	select {
	case s.due <- struct{}{}:
	default:
	}
	return r.peers, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.runs = slices.DeleteFunc(t.runs, func(x *run) bool { return x == r })
	}, nil
}

// announce sends what is due, again and again. It waits a little before it does, so that torrents that
// start together share a message.
func (s *Service) announce() {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.due:
			timer.Reset(gather)
			continue
		case <-timer.C:
		}
		messages, next := s.pick(time.Now())
		for _, m := range messages {
			s.send(m)
		}
		timer.Reset(next)
	}
}

// pick returns the announces that are due, several infohashes to a message, and the time until the next
// one. It forgets the torrents that nobody runs any more, once spacing is over.
func (s *Service) pick(now time.Time) (messages []*message, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := map[uint16]*message{}
	next = interval
	for hash, t := range s.torrents {
		if len(t.runs) == 0 {
			if now.Sub(t.sent) >= spacing {
				delete(s.torrents, hash)
			}
			continue
		}
		if wait := t.wait(now); wait > 0 {
			next = min(next, wait)
			continue
		}
		t.sent, t.newer = now, false
		for _, port := range t.ports() {
			m := open[port]
			if m == nil || len(m.hashes) == maxHashes {
				m = &message{port: port, cookie: s.cookie}
				open[port] = m
				messages = append(messages, m)
			}
			m.hashes = append(m.hashes, hash)
		}
	}
	return messages, next
}

// send tells every group.
func (s *Service) send(m *message) {
	for _, l := range s.links {
		m.host = l.group()
		if err := l.send(m.append(nil)); err != nil {
			s.log.Debug("lsd: announce failed", "group", m.host, "error", err)
		}
	}
}
