package dht

import "net/netip"

// Bounds on what one packet may hold. Larger is dropped or cut: a UDP packet that crosses the internet
// whole is far smaller.
const (
	maxPacket = 8 << 10
	maxTID    = 64
	maxToken  = 128
	maxNodes  = 32
	maxValues = 300
)

// packet is a KRPC message (BEP 5) as far as this node reads it.
type packet struct {
	kind     byte // 'q', 'r' or 'e'
	tid      []byte
	sender   nodeID
	signed   bool           // sender is set
	readOnly bool           // BEP 43
	observed netip.AddrPort // "ip": the receiver's address as the sender sees it; zero if absent (BEP 42)

	// Of a query.
	method      string
	target      nodeID // target or info_hash
	targeted    bool   // target is set
	port        int64
	impliedPort bool
	want4       bool // BEP 32
	want6       bool
	noSeed      bool // BEP 33, as the next
	scrape      bool
	seed        bool

	// Of a query or a response.
	token []byte

	// Of a response.
	nodes4, nodes6 []contact
	values         []netip.AddrPort
	seeds, peers   *bloom   // BEP 33; nil if absent
	samples        *samples // BEP 51; nil if absent. Only written: this node asks nobody for them

	// Of an error.
	code int64
}

// parsePacket reads a message. Its tid and token are slices of b. Unknown keys and known keys of a wrong kind are
// passed over; what is not bencode, or has no transaction id, is refused.
func parsePacket(b []byte) (p packet, ok bool) {
	if len(b) > maxPacket {
		return p, false
	}
	s := scanner{b: b}
	ok = s.dict(maxDepth, func(key []byte) (ok bool) {
		switch string(key) {
		case "t":
			p.tid, ok = s.bytesOr(maxDepth)
		case "y":
			var y []byte
			if y, ok = s.bytesOr(maxDepth); len(y) == 1 {
				p.kind = y[0]
			}
		case "q":
			var q []byte
			q, ok = s.bytesOr(maxDepth)
			p.method = string(q[:min(len(q), 32)])
		case "ip":
			var ip []byte
			if ip, ok = s.bytesOr(maxDepth); len(ip) == 6 || len(ip) == 18 {
				p.observed = parseAddr(ip)
			}
		case "ro":
			p.readOnly, ok = s.flag(maxDepth)
		case "a":
			ok = p.parseArguments(&s)
		case "r":
			ok = p.parseReturn(&s)
		case "e":
			ok = p.parseError(&s)
		default:
			ok = s.skip(maxDepth - 1)
		}
		return ok
	})
	ok = ok && len(p.tid) > 0 && len(p.tid) <= maxTID
	switch p.kind {
	case 'q', 'e':
		return p, ok
	case 'r':
		return p, ok && p.signed
	}
	return p, false
}

// named are the nodes of a family that a response from a node names, as far as that node may name them. More than
// two answers' worth are ignored.
func (p *packet) named(six bool, from netip.Addr) []contact {
	all := p.nodes4
	if six {
		all = p.nodes6
	}
	var out []contact
	for _, c := range all {
		if credible(from, c.addr.Addr()) && len(out) < 2*answerNodes {
			out = append(out, c)
		}
	}
	return out
}
