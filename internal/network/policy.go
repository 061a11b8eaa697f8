package network

import (
	"errors"
	"slices"
)

// ErrRefused is wrapped by the error of everything that a Policy does not allow.
var ErrRefused = errors.New("refused")

// Policy says what the URLs of one kind may reach. A torrent comes from anywhere, and whoever made
// it could point our requests at services that only this machine or this network can see; the
// policy stands in the way. Whatever it says, link-local and cloud metadata addresses are never
// dialled, and a redirect never leads further inside than where it came from. The zero value is the
// strictest: the internet, and the local network for URLs without a query.
type Policy struct {
	// Trusted is for URLs that the user typed himself: loopback and the local network are open.
	Trusted bool
	// LoopbackPaths are the exact paths that may be asked for on loopback.
	LoopbackPaths []string
	// LocalQuery allows URLs with a query on the local network.
	LocalQuery bool
	// Family restricts what is dialled; the zero value is both.
	Family Family
}

// TrackerPolicy is for trackers: from a torrent, only /announce and /scrape on loopback.
func TrackerPolicy(trusted bool) Policy {
	return Policy{Trusted: trusted, LoopbackPaths: []string{"/announce", "/scrape"}, LocalQuery: true}
}

// WebSeedPolicy is for web seeds: from a torrent, nothing on loopback, and no query on the local
// network, where a query may command a device.
func WebSeedPolicy(trusted bool) Policy {
	return Policy{Trusted: trusted}
}

// reach is the innermost zone that a request may go to.
func (p Policy) reach(path string, query bool) zone {
	switch {
	case p.Trusted, slices.Contains(p.LoopbackPaths, path):
		return zoneLoopback
	case query && !p.LocalQuery:
		return zonePublic
	}
	return zonePrivate
}

// somePath is a path that may be asked for on loopback, or one that may not if there is none.
func (p Policy) somePath() string {
	if len(p.LoopbackPaths) == 0 {
		return ""
	}
	return p.LoopbackPaths[0]
}
