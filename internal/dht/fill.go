package dht

import "net/netip"

// addNodes puts the nodes nearest to the target into an answer, as many as it may hold, of the families
// that were asked for (BEP 32), by default that of the socket.
func (f *family) addNodes(r, q *packet, from netip.AddrPort, limit int) {
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
		*into = fit(r, of.table.closest(q.target, 2*answerNodes), contact{q.sender, from}, limit, six)
	}
}

// fit returns the nodes that an answer still has room for, without the one that asks, and without those of our own
// network for one outside.
func fit(r *packet, cs []contact, asker contact, limit int, six bool) []contact {
	room := (limit - len(r.append(nil)) - len("6:nodes6000:")) / (20 + addrSize(six))
	var out []contact
	for _, c := range cs {
		if c.id != asker.id && credible(asker.addr.Addr(), c.addr.Addr()) && len(out) < min(room, answerNodes) {
			out = append(out, c)
		}
	}
	return out
}

// filtersSize is what the two filters take in an answer.
const filtersSize = 2*len("4:BFpe256:") + 2*len(bloom{})

// addPeers puts a token, the filters that were asked for (BEP 33) and peers into an answer. A third of the room that the
// filters leave stays for nodes, so that the search gets on as well, and in a full answer what all of them need.
func (f *family) addPeers(r, q *packet, from netip.AddrPort, limit int) {
	r.token = f.tokens.issue(from.Addr())
	if q.scrape && limit-len(r.append(nil)) >= filtersSize {
		r.seeds, r.peers = f.peers.filters(q.target)
	}
	room := limit - len(r.append(nil)) - len("6:valuesle")
	nodes := room / 3
	if limit == maxAnswer {
		nodes = len("6:nodes6000:") + answerNodes*(20+addrSize(f.six))
	}
	peers := f.peers.get(q.target, max(0, (room-nodes)/(addrSize(f.six)+len("00:"))), q.noSeed)
	for _, p := range peers {
		if credible(from.Addr(), p.Addr()) || from.Addr() == p.Addr() {
			r.values = append(r.values, p)
		}
	}
}

// addSamples puts infohashes of the store into an answer (BEP 51), in two thirds of the room.
func (f *family) addSamples(r *packet, limit int) {
	s := f.peers.samples()
	all := s.hashes
	s.hashes = nil
	r.samples = &s
	room := (limit - len(r.append(nil)) - len("000")) * 2 / 3 / len(nodeID{})
	s.hashes = all[:max(0, min(room, len(all)))]
}
