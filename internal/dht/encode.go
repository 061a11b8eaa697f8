package dht

// append encodes the message, keys sorted, with what the kind calls for.
func (p *packet) append(b []byte) []byte {
	b = append(b, 'd')
	switch p.kind {
	case 'q':
		b = append(b, "1:ad2:id"...)
		b = appendBytes(b, p.sender[:])
		b = append(b, 'e')
	case 'e':
		b = append(b, "1:el"...)
		b = appendInt(b, p.code)
		b = appendBytes(b, errorText(p.code))
		b = append(b, 'e')
	}
	if p.observed != nil {
		b = append(b, "2:ip"...)
		b = appendBytes(b, p.observed)
	}
	switch p.kind {
	case 'q':
		b = append(b, "1:q"...)
		b = appendBytes(b, p.method)
	case 'r':
		b = append(b, "1:rd2:id"...)
		b = appendBytes(b, p.sender[:])
		b = p.appendReturn(b)
		b = append(b, 'e')
	}
	b = append(b, "1:t"...)
	b = appendBytes(b, p.tid)
	b = append(b, "1:y1:"...)
	return append(b, p.kind, 'e')
}

func (p *packet) appendReturn(b []byte) []byte {
	if len(p.nodes4) > 0 {
		b = append(b, "5:nodes"...)
		b = appendBytes(b, appendContacts(nil, p.nodes4))
	}
	if len(p.nodes6) > 0 {
		b = append(b, "6:nodes6"...)
		b = appendBytes(b, appendContacts(nil, p.nodes6))
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
	return b
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
