package metainfo

import (
	"net/url"
	"strconv"
	"strings"
)

// String returns the link. Parameters come in a fixed order, so equal magnets
// give equal links.
func (m *Magnet) String() string {
	var params []string
	add := func(key, value string) { params = append(params, key+"="+value) }
	if m.HasHash {
		add("xt", "urn:btih:"+m.Hash.String())
	}
	if m.HasHashV2 {
		add("xt", "urn:btmh:"+sha256Code+m.HashV2.String())
	}
	if m.Name != "" {
		add("dn", escape(m.Name))
	}
	for _, s := range m.Trackers {
		add("tr", escape(s))
	}
	for _, s := range m.WebSeeds {
		add("ws", escape(s))
	}
	for _, s := range m.Peers {
		// Colons and brackets may stand in a query, and people read these.
		add("x.pe", s)
	}
	if len(m.Select) > 0 {
		add("so", selection(m.Select))
	}
	return "magnet:?" + strings.Join(params, "&")
}

// escape escapes all that is not plain. A space becomes %20, which every
// program reads, unlike a plus.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func selection(ranges []Range) string {
	var b strings.Builder
	for n, r := range ranges {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(r.First))
		if r.Last != r.First {
			b.WriteString("-" + strconv.Itoa(r.Last))
		}
	}
	return b.String()
}

// Magnet returns a link to the torrent, with its trackers and web seeds.
func (m *Metainfo) Magnet() *Magnet {
	link := m.Info.Magnet()
	for _, tier := range m.Trackers {
		link.Trackers = append(link.Trackers, tier...)
	}
	link.WebSeeds = append(link.WebSeeds, m.WebSeeds...)
	return link
}

// Magnet returns a link to the torrent that names no tracker.
func (i *Info) Magnet() *Magnet {
	link := &Magnet{Name: i.Name, HashV2: i.hash2, HasHashV2: i.v2}
	if i.HasV1() {
		link.Hash, link.HasHash = i.hash, true
	}
	return link
}
