package dht

func (p *packet) parseID(s *scanner, to *nodeID, set *bool) bool {
	b, ok := s.bytesOr(maxDepth - 1)
	if len(b) == 20 {
		*to, *set = nodeID(b), true
	}
	return ok
}

func (p *packet) parseToken(s *scanner) bool {
	b, ok := s.bytesOr(maxDepth - 1)
	if len(b) <= maxToken {
		p.token = b
	}
	return ok
}

func (p *packet) parseArguments(s *scanner) bool {
	if s.peek() != 'd' {
		return s.skip(maxDepth - 1)
	}
	return s.dict(maxDepth-1, func(key []byte) (ok bool) {
		switch string(key) {
		case "id":
			ok = p.parseID(s, &p.sender, &p.signed)
		case "target", "info_hash":
			ok = p.parseID(s, &p.target, &p.targeted)
		case "token":
			ok = p.parseToken(s)
		case "port":
			p.port, ok = s.integerOr(maxDepth - 2)
		case "implied_port":
			p.impliedPort, ok = s.flag(maxDepth - 2)
		case "noseed":
			p.noSeed, ok = s.flag(maxDepth - 2)
		case "scrape":
			p.scrape, ok = s.flag(maxDepth - 2)
		case "seed":
			p.seed, ok = s.flag(maxDepth - 2)
		case "want":
			ok = p.parseWant(s)
		default:
			ok = s.skip(maxDepth - 2)
		}
		return ok
	})
}

func (p *packet) parseWant(s *scanner) bool {
	if s.peek() != 'l' {
		return s.skip(maxDepth - 2)
	}
	return s.list(maxDepth-2, func() bool {
		w, ok := s.bytesOr(maxDepth - 3)
		p.want4 = p.want4 || string(w) == "n4"
		p.want6 = p.want6 || string(w) == "n6"
		return ok
	})
}

func (p *packet) parseReturn(s *scanner) bool {
	if s.peek() != 'd' {
		return s.skip(maxDepth - 1)
	}
	return s.dict(maxDepth-1, func(key []byte) (ok bool) {
		var b []byte
		switch string(key) {
		case "id":
			ok = p.parseID(s, &p.sender, &p.signed)
		case "token":
			ok = p.parseToken(s)
		case "nodes":
			b, ok = s.bytesOr(maxDepth - 2)
			p.nodes4 = parseContacts(b, false, maxNodes)
		case "nodes6":
			b, ok = s.bytesOr(maxDepth - 2)
			p.nodes6 = parseContacts(b, true, maxNodes)
		case "values":
			ok = p.parseValues(s)
		case "BFsd":
			p.seeds, ok = parseBloom(s)
		case "BFpe":
			p.peers, ok = parseBloom(s)
		default:
			ok = s.skip(maxDepth - 2)
		}
		return ok
	})
}

func (p *packet) parseValues(s *scanner) bool {
	if s.peek() != 'l' {
		return s.skip(maxDepth - 2)
	}
	return s.list(maxDepth-2, func() bool {
		v, ok := s.bytesOr(maxDepth - 3)
		if (len(v) == 6 || len(v) == 18) && len(p.values) < maxValues {
			if a := parseAddr(v); dialable(a, len(v) == 18) {
				p.values = append(p.values, a)
			}
		}
		return ok
	})
}

func parseBloom(s *scanner) (*bloom, bool) {
	b, ok := s.bytesOr(maxDepth - 2)
	if len(b) != len(bloom{}) {
		return nil, ok
	}
	f := bloom(b)
	return &f, ok
}

func (p *packet) parseError(s *scanner) bool {
	if s.peek() != 'l' {
		return s.skip(maxDepth - 1)
	}
	return s.list(maxDepth-1, func() (ok bool) {
		if s.peek() == 'i' && p.code == 0 {
			p.code, ok = s.integer()
			return ok
		}
		return s.skip(maxDepth - 2)
	})
}
