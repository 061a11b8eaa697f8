package dht

import (
	"net"
	"net/netip"
)

const (
	answerNodes = 8 // nodes of a family in one answer: k of BEP 5

	// Sizes of an answer, in bytes. Who is not known to read what is sent to its address gets at most
	// three times what it sent, so that a forged sender makes no flood of us; others one packet that
	// crosses any network whole.
	maxAnswer = 1200
	gain      = 3
)

// answer replies to a query. It runs on the socket's read loop and never blocks on the network's pace:
// what is over the limit on packets is not sent. It reports whether the sender is a node of the routing
// table, whose entry is to be refreshed.
func (f *family) answer(q packet, from netip.AddrPort, size int) (refresh bool) {
	if !dialable(from, f.six) || !f.queries.allow(from) {
		return false
	}
	id, known := f.known(from)
	limit := gain * size
	if known {
		limit = maxAnswer
	}
	r := packet{kind: 'r', tid: q.tid, sender: f.id, observed: appendAddr(nil, from)}
	var code int64
	switch q.method {
	case "ping":
		code = q.require(q.signed)
	case "find_node":
		if code = q.require(q.signed && q.targeted); code == 0 {
			f.addNodes(&r, &q, limit)
		}
	case "get_peers":
		if code = q.require(q.signed && q.targeted); code == 0 {
			f.addPeers(&r, &q, from, limit)
		}
	case "announce_peer":
		code = f.announced(&q, from)
	default:
		// BEP 5 has an error for it. A query that names a target is taken for find_node, as nodes that
		// know more methods do (sample_infohashes, get).
		if code = errMethod; q.signed && q.targeted && q.method != "put" {
			code = 0
			f.addNodes(&r, &q, limit)
		}
	}
	if code != 0 {
		r = packet{kind: 'e', tid: q.tid, code: code}
	}
	f.reply(&r, from)
	if known {
		return q.signed && q.sender == id
	}
	if q.signed && !q.readOnly && q.sender != f.id {
		f.greet(from)
	}
	return false
}

// require is the error code of a query that lacks an argument, 0 when it is whole.
func (*packet) require(whole bool) int64 {
	if whole {
		return 0
	}
	return errProtocol
}

func (f *family) reply(r *packet, to netip.AddrPort) {
	if !f.node.send.Allow() {
		return
	}
	if _, err := f.conn.WriteTo(r.append(nil), net.UDPAddrFromAddrPort(to)); err != nil {
		f.node.log.Debug("dht: answer query failed", "to", to, "error", err)
	}
}

// addNodes puts the nodes nearest to the target into an answer, as many as it may hold, of the families
// that were asked for (BEP 32), by default that of the socket.
func (f *family) addNodes(r, q *packet, limit int) {
	want4, want6 := q.want4, q.want6
	if !want4 && !want6 {
		want4, want6 = !f.six, f.six
	}
	// The family of the socket comes first, so that it is the other one which lacks room.
	for _, six := range []bool{f.six, !f.six} {
		of := f.node.family(six)
		if of == nil || six && !want6 || !six && !want4 {
			continue
		}
		into := &r.nodes4
		if six {
			into = &r.nodes6
		}
		*into = f.fit(r, of.closest(q.target, answerNodes+1), q.sender, limit, six)
	}
}

// fit returns the nodes that an answer still has room for, without the one that asks.
func (f *family) fit(r *packet, cs []contact, asker nodeID, limit int, six bool) []contact {
	room := (limit - len(r.append(nil)) - len("6:nodes6000:")) / (20 + addrSize(six))
	var out []contact
	for _, c := range cs {
		if c.id != asker && len(out) < min(room, answerNodes) {
			out = append(out, c)
		}
	}
	return out
}

// addPeers puts a token, peers and nodes into an answer. Peers may take two thirds of the room, so that
// the search gets on as well.
func (f *family) addPeers(r, q *packet, from netip.AddrPort, limit int) {
	r.token = f.tokens.issue(from.Addr())
	room := limit - len(r.append(nil)) - len("6:valuesle")
	peers := f.peers.get(q.target, max(0, room*2/3/(addrSize(f.six)+len("00:"))))
	for _, p := range peers {
		if credible(from.Addr(), p.Addr()) || from.Addr() == p.Addr() {
			r.values = append(r.values, p)
		}
	}
	f.addNodes(r, q, limit)
}

// announced takes in an announce and returns the error code, 0 if it was good.
func (f *family) announced(q *packet, from netip.AddrPort) int64 {
	port := q.port
	if q.impliedPort {
		port = int64(from.Port())
	}
	if !q.signed || !q.targeted || port < 1 || port > 65535 || !f.tokens.valid(q.token, from.Addr()) {
		return errProtocol
	}
	peer := netip.AddrPortFrom(from.Addr(), uint16(port))
	if f.peers.add(q.target, peer) {
		f.node.tell(q.target, peer)
	}
	return 0
}

// greet meets a node that asked us something, when the newcomers of late were few.
func (f *family) greet(from netip.AddrPort) {
	if len(f.nodes()) < 4*fewNodes || f.newcomer.Allow() {
		f.meet(from)
	}
}
