package dht

import (
	"net/netip"
)

const (
	answerNodes = 8 // nodes of a family in one answer: k of BEP 5

	// Sizes of an answer, in bytes. Who is not known to read what is sent to its address gets at most
	// three times what it sent, so that a forged sender makes no flood of us; others one packet that
	// crosses any network whole (BEP 32).
	maxAnswer = 1024
	gain      = 3
)

// answer replies to a query of a number of bytes. It runs on the socket's read loop and never blocks on the
// network's pace: what is over the limits is not sent.
func (f *family) answer(q *packet, from netip.AddrPort, size int) {
	f.reach.visit(from.Addr())
	id, known := f.table.known(from)
	if f.readOnly() || !f.admit(from, known) {
		return // BEP 43: who is read-only answers nobody
	}
	limit := gain * size
	// A token that we gave out proves the address as well as being known does, in any query.
	if known || f.tokens.valid(q.token, from.Addr()) {
		limit = maxAnswer
	}
	r := packet{kind: 'r', tid: q.tid, sender: f.table.self(), observed: from}
	if code := f.fill(&r, q, from, limit); code != 0 {
		r = packet{kind: 'e', tid: q.tid, code: code, observed: from}
	}
	f.reply(&r, from, limit)
	switch {
	case known && q.signed && q.sender == id:
		f.table.asked(contact{id, from})
	case !known && q.signed && !q.readOnly && q.sender != f.table.self():
		f.greet(contact{q.sender, from})
	}
}

// admit reports whether a query is to be answered. The nodes of the routing table have a budget of their own,
// so that a flood of strangers does not keep us from them.
func (f *family) admit(from netip.AddrPort, known bool) bool {
	if known {
		return f.familiar.allow(from, maxKnownInflow) && f.node.answersKnown.Allow()
	}
	return f.strangers.allow(from, maxInflow) && f.node.answersOther.Allow()
}

// fill puts what a query asks for into an answer of at most limit bytes. It returns the error code for a
// query that cannot be answered, else 0.
func (f *family) fill(r, q *packet, from netip.AddrPort, limit int) int64 {
	if !q.signed {
		return errProtocol
	}
	switch q.method {
	case "ping":
		return 0
	case "announce_peer":
		return f.announced(q, from)
	case "find_node", "get_peers", "sample_infohashes":
		if !q.targeted {
			return errProtocol
		}
	default:
		// BEP 5 has an error for it. A query that names a target is taken for find_node, as nodes that
		// know more methods do.
		if !q.targeted || q.method == "put" {
			return errMethod
		}
	}
	switch q.method {
	case "get_peers":
		f.addPeers(r, q, from, limit)
	case "sample_infohashes":
		f.addSamples(r, limit)
	}
	f.addNodes(r, q, from, limit)
	return 0
}

func (f *family) reply(r *packet, to netip.AddrPort, limit int) {
	b := r.append(nil)
	if len(b) > limit {
		r.observed = netip.AddrPort{} // the one part that can be spared
		if b = r.append(nil); len(b) > limit {
			return
		}
	}
	if err := f.write(b, to); err != nil {
		f.node.log.Debug("dht: answer query failed", "to", to, "error", err)
	}
}

// announced takes in an announce and returns the error code, 0 if it was good.
func (f *family) announced(q *packet, from netip.AddrPort) int64 {
	port := q.port
	if q.impliedPort {
		port = int64(from.Port())
	}
	if !q.targeted || port < 1 || port > 65535 || !f.tokens.valid(q.token, from.Addr()) {
		return errProtocol
	}
	peer := netip.AddrPortFrom(from.Addr(), uint16(port))
	if f.peers.add(q.target, peer, q.seed) {
		f.node.tell(announced{hash: q.target, peer: peer, seed: q.seed})
	}
	return 0
}

// greet meets a node that asked us something, if there is room for it and the newcomers of late were few.
func (f *family) greet(c contact) {
	good, _ := f.table.count()
	if f.table.room(c) && (good < 4*fewNodes || f.newcomer.Allow()) {
		f.meet(c.addr)
	}
}
