package metainfo

import (
	"bytes"
	"reflect"
	"sort"
)

// Bytes returns the .torrent file. The info dictionary has the bytes it came
// with, and so has every entry that this package does not know or that was
// not changed. If nothing was changed, that is the file as it was, without
// white space behind it. The same Metainfo always gives the same bytes.
func (m *Metainfo) Bytes() []byte {
	now := m.fields()
	if m.orig.raw != nil && reflect.DeepEqual(now, m.orig.fields) {
		return bytes.Clone(m.orig.raw)
	}
	entries := m.keep(now)
	sort.SliceStable(entries, func(a, b int) bool { return entries[a].key < entries[b].key })
	size := 2
	for _, e := range entries {
		size += len(e.key) + len(e.raw) + 8
	}
	out := append(make([]byte, 0, size), 'd')
	for _, e := range entries {
		out = append(appendString(out, e.key), e.raw...)
	}
	return append(out, 'e')
}

// keep returns the entries to write: the original ones, except for those
// whose meaning changed, and what took their place.
func (m *Metainfo) keep(now fields) []entry {
	was := m.orig.fields
	drop := map[string]bool{}
	var entries []entry
	set := func(same bool, value []byte, keys ...string) {
		if same {
			return
		}
		for _, key := range keys {
			drop[key] = true
		}
		if value != nil {
			entries = append(entries, entry{keys[0], value})
		}
	}
	sameTrackers := reflect.DeepEqual(now.trackers, was.trackers)
	set(sameTrackers, announce(now.trackers), "announce")
	set(sameTrackers, announceList(now.trackers), "announce-list")
	set(reflect.DeepEqual(now.webSeeds, was.webSeeds), urlList(now.webSeeds), "url-list")
	set(reflect.DeepEqual(now.nodes, was.nodes), nodeList(now.nodes), "nodes")
	set(now.comment == was.comment, optional(now.comment), "comment", "comment.utf-8")
	set(now.creator == was.creator, optional(now.creator), "created by", "created by.utf-8")
	set(now.date == was.date, creationDate(now.date), "creation date")
	fresh := m.orig.raw == nil
	if fresh {
		entries = append(entries, entry{"info", m.Info.Raw()})
	}
	if m.Info.HasV2() && (fresh || now.layers != was.layers) {
		set(false, m.layerDict(), "piece layers")
	}
	if fresh {
		return entries
	}
	c := inside(m.orig.raw)
	for c.enter('d'); c.more(); {
		key, value := string(c.str()), c.span()
		if !drop[key] {
			entries = append(entries, entry{key, value.raw})
		}
	}
	return entries
}

// entry is a key of the outer dictionary with its value in bencode.
type entry struct {
	key string
	raw []byte
}
