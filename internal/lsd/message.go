package lsd

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

const (
	maxSent     = 1400 // bytes of one message that is sent: it crosses a network in one piece
	maxHashes   = 24   // infohashes of one message that is sent: as many as fit
	maxReceived = 1500 // bytes of a message that is read
	maxCookie   = 64
	firstLine   = "BT-SEARCH * HTTP/1.1"
)

// message is one announce: a host shares these torrents on this TCP port.
type message struct {
	host   string // the group it is sent to, in the form of a Host header
	port   uint16
	hashes [][20]byte
	cookie string // tells the sender its own messages apart
}

// append encodes the message (BEP 14). It fits maxSent for maxHashes infohashes.
func (m *message) append(b []byte) []byte {
	b = append(b, firstLine+"\r\nHost: "...)
	b = append(b, m.host...)
	b = append(b, "\r\nPort: "...)
	b = strconv.AppendUint(b, uint64(m.port), 10)
	for _, h := range m.hashes {
		b = append(b, "\r\nInfohash: "...)
		b = hex.AppendEncode(b, h[:])
	}
	b = append(b, "\r\ncookie: "...)
	b = append(b, m.cookie...)
	return append(b, "\r\n\r\n\r\n"...)
}

// parseMessage reads a message. Header names are taken in any case, lines may end in a bare LF, unknown
// headers are passed over. Without a port or an infohash it is refused; an infohash that is not one is
// left out. The cookie is cut to maxCookie bytes.
func parseMessage(b []byte) (m message, ok bool) {
	if len(b) > maxReceived {
		return m, false
	}
	line, rest := nextLine(b)
	if string(line) != firstLine {
		return m, false
	}
	for len(rest) > 0 {
		if line, rest = nextLine(rest); len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		m.header(string(bytes.ToLower(bytes.TrimSpace(name))), bytes.TrimSpace(value))
	}
	return m, m.port != 0 && len(m.hashes) > 0
}

// header takes in one header of a message.
func (m *message) header(name string, value []byte) {
	switch name {
	case "port":
		p, err := strconv.ParseUint(string(value), 10, 16)
		if err != nil {
			p = 0
		}
		m.port = uint16(p)
	case "infohash":
		var h [20]byte
		if len(value) != 40 {
			return
		}
		if _, err := hex.Decode(h[:], value); err == nil {
			m.hashes = append(m.hashes, h)
		}
	case "cookie":
		m.cookie = string(value[:min(len(value), maxCookie)])
	}
}

// nextLine splits off the first line, without its end.
func nextLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}
