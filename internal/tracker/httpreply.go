package tracker

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// httpReply is the dictionary of BEP 3 as it comes, with what BEP 7, 23, 24 and 31 add.
type httpReply struct {
	reply
	failed  bool
	reason  string
	retry   time.Duration
	never   bool
	dropped bool // there was a key "peers" or "peers6" of a kind that holds none
}

// parseHTTPReply reads the body of an answer over HTTP. What follows the dictionary is ignored. A
// tracker's refusal is a *Failure.
func parseHTTPReply(body []byte) (*reply, error) {
	r := httpReply{reply: reply{Counts: unknown}}
	s := &scanner{b: body}
	if err := s.dictionary(func(key string) error { return r.field(s, key) }); err != nil {
		return nil, fmt.Errorf("read tracker reply: %w", err)
	}
	if r.failed {
		return nil, &Failure{Reason: r.reason, retry: r.retry, never: r.never}
	}
	if r.dropped && len(r.peers) == 0 {
		return nil, errors.New("read tracker reply: the peers are neither text nor a list")
	}
	return &r.reply, nil
}

// field reads the value of one key. A value of another kind than the key's is passed over, because
// trackers differ in what they leave empty.
func (r *httpReply) field(s *scanner, key string) (err error) {
	switch kind := s.kind(); {
	case key == "peers" || key == "peers6":
		return r.peerField(s, key)
	case kind == 'i':
		var n int64
		if n, err = s.integer(); err == nil {
			r.number(key, n)
		}
	case kind == '0':
		var b []byte
		if b, err = s.bytes(); err == nil {
			r.text(key, b)
		}
	}
	return err
}

func (r *httpReply) number(key string, n int64) {
	switch key {
	case "interval":
		r.interval = duration(n, time.Second)
	case "min interval":
		r.minInterval = duration(n, time.Second)
	case "retry in":
		r.retry = duration(n, time.Minute)
	default:
		r.Counts.number(key, n)
	}
}

// number takes one count of an announce's reply or of a scrape's (BEP 48).
func (c *Counts) number(key string, n int64) {
	switch key {
	case "complete":
		c.Seeders = count(n)
	case "incomplete":
		c.Leechers = count(n)
	case "downloaded":
		c.Downloaded = count(n)
	}
}

func (r *httpReply) text(key string, b []byte) {
	switch key {
	case "failure reason":
		r.failed, r.reason = true, string(b)
	case "warning message":
		r.warning = string(b)
	case "tracker id":
		if len(b) <= maxText { // one that is cut would be another id
			r.trackerID = string(b)
		}
	case "external ip":
		if ip, ok := netip.AddrFromSlice(b); ok && !ip.IsUnspecified() {
			r.external = ip.Unmap()
		}
	case "retry in":
		r.never = string(b) == "never"
		if n, err := strconv.ParseInt(string(b), 10, 32); err == nil {
			r.retry = duration(n, time.Minute)
		}
	}
}

// peerField reads the peers, compact or as a list of dictionaries.
func (r *httpReply) peerField(s *scanner, key string) error {
	switch s.kind() {
	case '0':
		b, err := s.bytes()
		if err != nil {
			return err
		}
		size := 4
		if key == "peers6" {
			size = 16
		}
		r.peers = appendCompact(r.peers, b, size)
		return nil
	case 'l':
		return s.list(func() error { return r.peer(s) })
	}
	r.dropped = true
	return nil
}

// peer reads one element of a list of peers. One that is no peer is passed over. Host names, which
// BEP 3 would allow, are not looked up: that would let a tracker make us ask for any name.
func (r *httpReply) peer(s *scanner) error {
	if s.kind() != 'd' {
		return nil
	}
	var ip netip.Addr
	var port int64
	err := s.dictionary(func(key string) (err error) {
		switch {
		case key == "ip" && s.kind() == '0':
			var b []byte
			if b, err = s.bytes(); err == nil && len(b) <= maxText {
				ip, _ = netip.ParseAddr(string(b)) //nolint:errcheck // then it is not valid, and dropped
			}
		case key == "port" && s.kind() == 'i':
			port, err = s.integer()
		}
		return err
	})
	if err != nil {
		return err
	}
	p := netip.AddrPortFrom(ip.Unmap().WithZone(""), uint16(port))
	if port == int64(p.Port()) && usablePeer(p) && len(r.peers) < maxPeers {
		r.peers = append(r.peers, p)
	}
	return nil
}

// duration bounds a number of units that a tracker named, so that it cannot overflow; less than one
// is none.
func duration(n int64, unit time.Duration) time.Duration {
	return time.Duration(min(max(n, 0), int64(maxInterval/unit))) * unit
}

// count bounds a number of peers to what any int holds.
func count(n int64) int {
	return int(min(max(n, -1), 1<<31-1))
}
