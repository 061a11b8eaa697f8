package dht

// append encodes the message, keys sorted, with what the kind calls for.
func (p *packet) append(b []byte) []byte {
	b = append(b, 'd')
	switch p.kind {
	case 'q':
		b = p.appendArguments(append(b, "1:a"...))
	case 'e':
		b = append(b, "1:el"...)
		b = appendInt(b, p.code)
		b = appendBytes(b, errorText(p.code))
		b = append(b, 'e')
	}
	if p.observed.IsValid() {
		b = append(b, "2:ip"...)
		b = appendBytes(b, appendAddr(nil, p.observed))
	}
	switch p.kind {
	case 'q':
		b = append(b, "1:q"...)
		b = appendBytes(b, p.method)
		b = appendFlag(b, "ro", p.readOnly)
	case 'r':
		b = p.appendReturn(append(b, "1:r"...))
	}
	b = append(b, "1:t"...)
	b = appendBytes(b, p.tid)
	b = append(b, "1:y1:"...)
	return append(b, p.kind, 'e')
}

func (p *packet) appendArguments(b []byte) []byte {
	b = append(b, 'd')
	if p.signed {
		b = append(b, "2:id"...)
		b = appendBytes(b, p.sender[:])
	}
	b = appendFlag(b, "implied_port", p.impliedPort)
	about := p.targeted && (p.method == "get_peers" || p.method == "announce_peer")
	if about {
		b = append(b, "9:info_hash"...)
		b = appendBytes(b, p.target[:])
	}
	b = appendFlag(b, "noseed", p.noSeed)
	if p.port != 0 {
		b = append(b, "4:port"...)
		b = appendInt(b, p.port)
	}
	b = appendFlag(b, "scrape", p.scrape)
	b = appendFlag(b, "seed", p.seed)
	if p.targeted && !about {
		b = append(b, "6:target"...)
		b = appendBytes(b, p.target[:])
	}
	if len(p.token) > 0 {
		b = append(b, "5:token"...)
		b = appendBytes(b, p.token)
	}
	if p.want4 || p.want6 {
		b = append(b, "4:wantl"...)
		if p.want4 {
			b = append(b, "2:n4"...)
		}
		if p.want6 {
			b = append(b, "2:n6"...)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

func appendFlag(b []byte, key string, set bool) []byte {
	if set {
		b = appendBytes(b, key)
		b = append(b, "i1e"...)
	}
	return b
}

func (p *packet) appendReturn(b []byte) []byte {
	b = append(b, 'd')
	if p.peers != nil {
		b = append(b, "4:BFpe"...)
		b = appendBytes(b, p.peers[:])
	}
	if p.seeds != nil {
		b = append(b, "4:BFsd"...)
		b = appendBytes(b, p.seeds[:])
	}
	b = append(b, "2:id"...)
	b = appendBytes(b, p.sender[:])
	if p.samples != nil {
		b = append(b, "8:interval"...)
		b = appendInt(b, int64(p.samples.interval.Seconds()))
	}
	if len(p.nodes4) > 0 {
		b = append(b, "5:nodes"...)
		b = appendBytes(b, appendContacts(nil, p.nodes4))
	}
	if len(p.nodes6) > 0 {
		b = append(b, "6:nodes6"...)
		b = appendBytes(b, appendContacts(nil, p.nodes6))
	}
	if p.samples != nil {
		b = append(b, "3:num"...)
		b = appendInt(b, int64(p.samples.stored))
		b = append(b, "7:samples"...)
		b = appendBytes(b, p.samples.bytes())
	}
	if len(p.token) > 0 {
		b = append(b, "5:token"...)
		b = appendBytes(b, p.token)
	}
	if len(p.values) > 0 {
		b = append(b, "6:valuesl"...)
		for _, v := range p.values {
			b = appendBytes(b, appendAddr(nil, v))
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// Error codes of BEP 5.
const (
	errProtocol = 203
	errMethod   = 204
)

// errorText is our own wording for a code: the text that came with it is a stranger's.
func errorText(code int64) string {
	switch code {
	case errProtocol:
		return "Protocol Error"
	case errMethod:
		return "Method Unknown"
	}
	return "Error"
}
