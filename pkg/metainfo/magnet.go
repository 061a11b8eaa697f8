package metainfo

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Magnet is a magnet link (BEP 9): the infohash of a torrent and where to
// look for it.
type Magnet struct {
	Hash      Hash // xt=urn:btih, if HasHash
	HasHash   bool
	HashV2    Hash256 // xt=urn:btmh, if HasHashV2 (BEP 52)
	HasHashV2 bool
	Name      string   // dn: a hint, not validated as a path
	Trackers  []string // tr: http, https and udp URLs
	WebSeeds  []string // ws: http and https URLs (BEP 19)
	Peers     []string // x.pe: host:port
	Select    []Range  // so: the files to fetch (BEP 53); none means all
}

// Range is an inclusive range of file indices, counted from 0.
type Range struct{ First, Last int }

// What a magnet link may carry. Beyond these a list is cut off.
const (
	maxMagnet       = 64 << 10 // bytes
	maxMagnetURLs   = 200
	maxMagnetPeers  = 200
	maxMagnetRanges = 10_000
)

// ParseMagnet reads a magnet link. Parameters that it does not know are
// ignored, and so are trackers, web seeds and peers that are malformed. The
// error is a *MagnetError.
func ParseMagnet(s string) (*Magnet, error) {
	s = strings.TrimSpace(s)
	const scheme = "magnet:?"
	switch {
	case len(s) > maxMagnet:
		return nil, &MagnetError{Reason: fmt.Sprintf("longer than %d bytes", maxMagnet)}
	case len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme):
		return nil, &MagnetError{Reason: "it does not start with magnet:?"}
	}
	m := &Magnet{}
	for pair := range strings.SplitSeq(s[len(scheme):], "&") {
		key, value, _ := strings.Cut(pair, "=")
		if err := m.set(parameter(key), value); err != nil {
			return nil, err
		}
	}
	if !m.HasHash && !m.HasHashV2 {
		return nil, &MagnetError{Part: "xt", Reason: "there is no infohash (urn:btih or urn:btmh)"}
	}
	return m, nil
}

// parameter returns a key in lower case and without the number that a key
// gets when it comes several times, as in tr.1.
func parameter(key string) string {
	key = strings.ToLower(key)
	if name, number, ok := strings.Cut(key, "."); ok {
		if _, err := strconv.ParseUint(number, 10, 16); err == nil {
			return name
		}
	}
	return key
}

// set takes over one parameter, whose value is still escaped.
func (m *Magnet) set(key, value string) error {
	// Only in a name a plus stands for a space: in the other parameters it is
	// a plus, as a URL cannot have spaces.
	unescape := url.PathUnescape
	if key == "dn" {
		unescape = url.QueryUnescape
	}
	v, err := unescape(value)
	if err != nil {
		if key == "xt" || key == "so" {
			return &MagnetError{Part: key, Reason: "malformed escape in " + quote(value)}
		}
		return nil
	}
	switch key {
	case "xt":
		return m.setTopic(v)
	case "dn":
		if m.Name == "" {
			m.Name = validText([]byte(v))
		}
	case "tr":
		addTo(&m.Trackers, v, maxMagnetURLs, checkTracker(v) == "")
	case "ws":
		addTo(&m.WebSeeds, v, maxMagnetURLs, checkWebSeed(v) == "")
	case "x.pe":
		addTo(&m.Peers, v, maxMagnetPeers, validPeer(v))
	case "so":
		return m.setSelect(v)
	}
	return nil
}

// addTo appends v if it is right, new, and there is room.
func addTo(list *[]string, v string, most int, right bool) {
	if right && len(*list) < most && !slices.Contains(*list, v) {
		*list = append(*list, v)
	}
}

// setTopic reads an exact topic. Topics of other networks are ignored.
func (m *Magnet) setTopic(urn string) error {
	kind, value := urn, ""
	if n := len("urn:btih:"); len(urn) >= n {
		kind, value = strings.ToLower(urn[:n]), urn[n:]
	}
	switch kind {
	case "urn:btih:":
		h, err := ParseHash(value)
		if err != nil {
			return &MagnetError{Part: "xt", Reason: "want 40 hex digits or 32 base32 characters, got " + quote(value)}
		}
		if m.HasHash && m.Hash != h {
			return &MagnetError{Part: "xt", Reason: "there are two different infohashes"}
		}
		m.Hash, m.HasHash = h, true
	case "urn:btmh:":
		h, ok := parseMultihash(value)
		if !ok {
			return &MagnetError{Part: "xt", Reason: "want 1220 and 64 hex digits, got " + quote(value)}
		}
		if m.HasHashV2 && m.HashV2 != h {
			return &MagnetError{Part: "xt", Reason: "there are two different v2 infohashes"}
		}
		m.HashV2, m.HasHashV2 = h, true
	}
	return nil
}

// sha256Code opens a multihash that holds 32 bytes of SHA-256.
const sha256Code = "1220"

func parseMultihash(s string) (Hash256, bool) {
	var h Hash256
	digits, ok := strings.CutPrefix(s, sha256Code)
	if !ok || len(digits) != hex.EncodedLen(len(h)) {
		return h, false
	}
	_, err := hex.Decode(h[:], []byte(digits))
	return h, err == nil
}

// validPeer tells whether s is host:port; IPv6 addresses stand in brackets.
func validPeer(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || !validHost(host) {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// setSelect reads a list of indices and ranges, such as 0,2,4-8. A link whose
// selection cannot be read is refused: without one, all files are meant.
func (m *Magnet) setSelect(list string) error {
	for item := range strings.SplitSeq(list, ",") {
		if item == "" {
			continue
		}
		first, last, isRange := strings.Cut(item, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 31)
		b, errB := strconv.ParseUint(last, 10, 31)
		if errA != nil || errB != nil || a > b {
			return &MagnetError{Part: "so", Reason: "want indices and ranges like 0,2,4-8, got " + quote(item)}
		}
		if len(m.Select) == maxMagnetRanges {
			return &MagnetError{Part: "so", Reason: fmt.Sprintf("more than %d ranges", maxMagnetRanges)}
		}
		m.Select = append(m.Select, Range{int(a), int(b)})
	}
	return nil
}
