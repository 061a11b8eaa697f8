package tracker

import (
	"encoding/binary"
	"errors"
	"net/url"
	"strings"
	"time"
)

// Actions of BEP 15.
const (
	actionConnect  = 0
	actionAnnounce = 1
	actionScrape   = 2
	actionError    = 3
)

const (
	// protocolID opens every connect request (BEP 15).
	protocolID = 0x41727101980

	connectSize  = 16 // of a connect reply
	announceSize = 20 // of an announce reply without peers

	optionURLData = 2 // BEP 41
)

var (
	errShort  = errors.New("the reply is too short")
	errAction = errors.New("the reply is to another question")
)

// connectPacket asks for a connection id.
func connectPacket(transaction uint32) []byte {
	b := binary.BigEndian.AppendUint64(nil, protocolID)
	b = binary.BigEndian.AppendUint32(b, actionConnect)
	return binary.BigEndian.AppendUint32(b, transaction)
}

// announcePacket is an announce under a connection id, with the options of BEP 41 behind it.
func (r request) announcePacket(connection uint64, transaction uint32, options []byte) []byte {
	be := binary.BigEndian
	b := be.AppendUint64(nil, connection)
	b = be.AppendUint32(b, actionAnnounce)
	b = be.AppendUint32(b, transaction)
	b = append(b, r.infoHash[:]...)
	b = append(b, r.peerID[:]...)
	b = be.AppendUint64(b, uint64(max(r.stats.Downloaded, 0)))
	b = be.AppendUint64(b, uint64(max(r.stats.Left, 0)))
	b = be.AppendUint64(b, uint64(max(r.stats.Uploaded, 0)))
	if r.event == eventPaused { // has no number
		r.event = eventNone
	}
	b = be.AppendUint32(b, uint32(r.event))
	b = be.AppendUint32(b, 0) // the address we send from
	b = be.AppendUint32(b, r.key)
	b = be.AppendUint32(b, uint32(r.want))
	b = be.AppendUint16(b, r.port)
	return append(b, options...)
}

// urlOptions carries the path and the query of the tracker's URL, in parts of up to 255 bytes (BEP 41).
func urlOptions(u *url.URL) []byte {
	text := u.EscapedPath()
	if u.RawQuery != "" {
		text += "?" + u.RawQuery
	}
	var b []byte
	for text != "" {
		n := min(len(text), 255)
		b = append(b, optionURLData, byte(n))
		b = append(b, text[:n]...)
		text = text[n:]
	}
	return b
}

// replyBody takes the header off a reply, of which the transaction has been checked already. An error
// reply is a *Failure.
func replyBody(b []byte, action uint32) ([]byte, error) {
	if len(b) < 8 {
		return nil, errShort
	}
	switch binary.BigEndian.Uint32(b) {
	case action:
		return b[8:], nil
	case actionError:
		return nil, &Failure{Reason: strings.TrimRight(string(b[8:]), "\x00")}
	}
	return nil, errAction
}

// parseConnectReply gives the connection id.
func parseConnectReply(b []byte) (uint64, error) {
	body, err := replyBody(b, actionConnect)
	if err != nil {
		return 0, err
	}
	if len(body) < connectSize-8 {
		return 0, errShort
	}
	return binary.BigEndian.Uint64(body), nil
}

// parseAnnounceReply reads the answer, with peers whose addresses have size bytes: 4 over IPv4, 16
// over IPv6.
func parseAnnounceReply(b []byte, size int) (*reply, error) {
	body, err := replyBody(b, actionAnnounce)
	if err != nil {
		return nil, err
	}
	if len(body) < announceSize-8 {
		return nil, errShort
	}
	number := func(at int) int64 { return int64(int32(binary.BigEndian.Uint32(body[at:]))) }
	return &reply{
		Counts:   Counts{Seeders: count(number(8)), Leechers: count(number(4)), Downloaded: -1},
		interval: duration(number(0), time.Second),
		peers:    appendCompact(nil, body[announceSize-8:], size),
	}, nil
}
