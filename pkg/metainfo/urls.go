package metainfo

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// maxURL bounds one URL. Longer ones are nobody's.
const maxURL = 8192

// maxURLs bounds how many different trackers or web seeds of a torrent are
// looked at.
const maxURLs = 1000

// checkURL tells what is wrong with the URL of a tracker or web seed, in a
// few words, or "".
func checkURL(s string, schemes ...string) string {
	if len(s) > maxURL {
		return "is too long"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "is malformed"
	case !slices.Contains(schemes, u.Scheme):
		return "has a scheme that is not supported"
	case u.Hostname() == "":
		return "has no host"
	}
	return ""
}

func checkTracker(s string) string { return checkURL(s, "http", "https", "udp") }
func checkWebSeed(s string) string { return checkURL(s, "http", "https") }

// readTrackers reads "announce-list", or "announce" where that is empty
// (BEP 12). Programs exist that list a tracker only as "announce"; it becomes
// a first tier then.
func (m *Metainfo) readTrackers(k outerKeys) [][]string {
	var tiers [][]string
	seen := map[string]bool{}
	if k.announceList.kind() == 'l' {
		c := inside(k.announceList.raw)
		for c.enter('l'); c.more(); {
			if tier := m.readURLs(c.span(), "tracker", checkTracker, seen); len(tier) > 0 {
				tiers = append(tiers, tier)
			}
		}
	} else if k.announceList.kind() != 0 && len(k.announceList.str()) > 0 {
		m.warn("announce-list is %s, not a list", kindName(k.announceList.kind()))
	}
	if first := m.readURLs(k.announce, "tracker", checkTracker, seen); len(first) > 0 {
		tiers = append([][]string{first}, tiers...)
	}
	return tiers
}

// readWebSeeds reads "url-list", a string or a list of strings (BEP 19).
func (m *Metainfo) readWebSeeds(list span) []string {
	return m.readURLs(list, "web seed", checkWebSeed, map[string]bool{})
}

// readURLs reads a string, or a list of strings, and keeps each URL that is
// new and right.
func (m *Metainfo) readURLs(value span, what string, check func(string) string, seen map[string]bool) []string {
	var urls []string
	keep := func(raw []byte) {
		s := strings.TrimSpace(string(raw))
		if s == "" || seen[s] || len(seen) == maxURLs {
			return
		}
		seen[s] = true
		if wrong := check(s); wrong != "" {
			m.warn("the %s %s %s", what, quote(s), wrong)
			return
		}
		urls = append(urls, s)
	}
	switch kind := value.kind(); kind {
	case 0:
	case 's':
		keep(value.str())
	case 'l':
		c := inside(value.raw)
		for c.enter('l'); c.more(); {
			keep(c.span().str())
		}
	default:
		m.warn("a %s is %s, not a string", what, kindName(kind))
	}
	return urls
}

// validHost tells whether s may name a host: an IP address, or a DNS name by
// its characters.
func validHost(s string) bool {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Zone() == "" // an interface of somebody else's machine
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && !isDigit(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
