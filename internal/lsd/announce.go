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

	// What is due is sent in rounds, so that a thousand torrents are no storm: with so many messages to a
	// group at most, and so much time in between.
	maxRound   = 8
	roundPause = 5 * time.Second
)

// torrent is what is announced of one infohash, and heard of it.
type torrent struct {
	runs  []*run
	sent  time.Time // the last announce; zero if there was none
	newer bool      // a run came since
	heard hearsay
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
	var last time.Time // the last round
	planned := time.Now().Add(interval)
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.due:
			at := time.Now().Add(gather)
			if rest := last.Add(roundPause); at.Before(rest) {
				at = rest
			}
			if at.Before(planned) {
				planned = at
				timer.Reset(time.Until(at))
			}
			continue
		case <-timer.C:
		}
		last = time.Now()
		messages, next := s.pick(last)
		for _, m := range messages {
			s.send(m)
		}
		planned = last.Add(next)
		timer.Reset(next)
	}
}

// pick returns the announces of a round, several infohashes to a message, and the time until the next
// round. It forgets the torrents that nobody runs any more, once spacing is over.
func (s *Service) pick(now time.Time) (messages []*message, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	round := round{cookie: s.cookie, open: map[uint16]*message{}}
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
		if !round.add(hash, t.ports()) {
			next = 0
			continue
		}
		t.sent, t.newer = now, false
	}
	return round.messages, max(next, roundPause)
}

// round is the messages that are sent at once.
type round struct {
	cookie   string
	messages []*message
	open     map[uint16]*message // by port: the one that has room, perhaps
}

// add puts an infohash into a message for each port that it is shared on; false if there is no room for all
// of them.
func (r *round) add(hash [20]byte, ports []uint16) bool {
	more := 0
	for _, p := range ports {
		if !r.room(p) {
			more++
		}
	}
	if len(r.messages) > 0 && len(r.messages)+more > maxRound {
		return false
	}
	for _, p := range ports {
		if !r.room(p) {
			r.open[p] = &message{port: p, cookie: r.cookie}
			r.messages = append(r.messages, r.open[p])
		}
		r.open[p].hashes = append(r.open[p].hashes, hash)
	}
	return true
}

// room reports whether there is a message for the port that takes one more.
func (r *round) room(port uint16) bool {
	m := r.open[port]
	return m != nil && len(m.hashes) < maxHashes
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
