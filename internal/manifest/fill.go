package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The keys of a manifest, and those of a torrent that are no options.
const (
	keyDefaults = "defaults"
	keyTorrent  = "torrent"
	keyTorrents = "torrents"
	keySource   = "source"
	keyDir      = "dir"
	keyName     = "name"
	keyLabels   = "labels"
	keySeed     = "seed"
)

// maxTorrents bounds how many a manifest names.
const maxTorrents = 100_000

// fill takes the document over.
func (m *Manifest) fill(doc *node) error {
	if doc.kind != table {
		return faultAt(doc.line, "a manifest is a table with %s and %s", keyDefaults, keyTorrents)
	}
	var defaults *node
	var entries []*node
	seen := false
	for _, p := range doc.table {
		switch p.key {
		case keyDefaults:
			if p.value.kind != table {
				return faultAt(p.line, "%s is %v; a table is wanted", keyDefaults, p.value.kind)
			}
			defaults = p.value
		case keyTorrent, keyTorrents:
			if seen {
				return faultAt(p.line, "%s and %s are the same; have one of them", keyTorrent, keyTorrents)
			}
			if p.value.kind != list {
				return faultAt(p.line, "%s is %v; a list is wanted", p.key, p.value.kind)
			}
			entries, seen = p.value.list, true
		default:
			return faultAt(p.line, "unknown key %q; a manifest has %s and %s", p.key, keyDefaults, keyTorrents)
		}
	}
	if len(entries) > maxTorrents {
		return faultAt(entries[maxTorrents].line, "more than %d torrents", maxTorrents)
	}
	var base Torrent
	if defaults != nil {
		if err := base.take(defaults); err != nil {
			return err
		}
		for _, key := range []string{keySource, keyName} {
			if n := defaults.get(key); n != nil {
				return faultAt(n.line, "%s cannot be the same for all torrents", key)
			}
		}
	}
	for _, entry := range entries {
		t, err := newTorrent(entry, base)
		if err != nil {
			return err
		}
		m.Torrents = append(m.Torrents, t)
	}
	return nil
}

// newTorrent reads one entry: a table, or a source alone.
func newTorrent(n *node, base Torrent) (Torrent, error) {
	t := Torrent{Line: n.line}
	switch n.kind {
	case scalar:
		t.Source = n.text
	case table:
		if err := t.take(n); err != nil {
			return t, err
		}
	default:
		return t, faultAt(n.line, "a torrent is %v; a table is wanted", n.kind)
	}
	t.inherit(base)
	return t, nil
}

// take reads the keys of a table.
func (t *Torrent) take(n *node) (err error) {
	for _, p := range n.table {
		switch p.key {
		case keySource:
			t.Source, err = p.one()
		case keyDir:
			t.Dir, err = p.one()
		case keyName:
			if t.Name, err = p.one(); err == nil {
				err = checkName(t.Name)
			}
		case keyLabels:
			t.Labels, _, err = p.many()
		case keySeed:
			err = t.takeSeed(p)
		default:
			err = t.add(p.key, p)
		}
		var at *lineError
		if err != nil && !errors.As(err, &at) {
			err = faultAt(p.line, "%s: %w", p.key, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeSeed reads the table seed, whose keys are the ends of options, or the option itself.
func (t *Torrent) takeSeed(p pair) error {
	if p.value.kind != table {
		return t.add(keySeed, p)
	}
	for _, inner := range p.value.table {
		if err := t.add(keySeed+"-"+inner.key, inner); err != nil {
			return err
		}
	}
	return nil
}

// add takes an option in.
func (t *Torrent) add(name string, p pair) error {
	values, isList, err := p.many()
	if err != nil {
		return faultAt(p.line, "%s: %w", name, err)
	}
	if t.has(name) {
		return faultAt(p.line, "%q is here twice", name)
	}
	t.Options = append(t.Options, Option{Name: name, Values: values, List: isList, Line: p.line})
	return nil
}

func (t *Torrent) has(option string) bool {
	return slices.ContainsFunc(t.Options, func(o Option) bool { return o.Name == option })
}

// inherit fills in what the torrent does not say itself. How it is seeded is said as a whole: a torrent with a limit of its
// own does not have that of the defaults beside it.
func (t *Torrent) inherit(base Torrent) {
	if t.Dir == "" {
		t.Dir = base.Dir
	}
	if t.Labels == nil {
		t.Labels = base.Labels
	}
	ownSeed := slices.ContainsFunc(t.Options, Option.ofSeed)
	t.Options = slices.Clip(t.Options)
	for _, o := range base.Options {
		if !t.has(o.Name) && !(ownSeed && o.ofSeed()) {
			t.Options = append(t.Options, o)
		}
	}
}

// ofSeed says whether an option is about how a torrent is seeded.
func (o Option) ofSeed() bool { return o.Name == keySeed || strings.HasPrefix(o.Name, keySeed+"-") }

// one is the value of a key that has a single one.
func (p pair) one() (string, error) {
	if p.value.kind != scalar {
		return "", fmt.Errorf("%v where one value is wanted", p.value.kind)
	}
	if p.value.text == "" {
		return "", errors.New("it is empty")
	}
	return p.value.text, nil
}

// many are the values of a key that may have a list of them.
func (p pair) many() (values []string, isList bool, err error) {
	switch p.value.kind {
	case scalar:
		return []string{p.value.text}, false, nil
	case table:
		return nil, false, fmt.Errorf("%v where a value is wanted", table)
	}
	values = []string{}
	for _, element := range p.value.list {
		if element.kind != scalar {
			return nil, true, faultAt(element.line, "%s: %v in a list of values", p.key, element.kind)
		}
		values = append(values, element.text)
	}
	return values, true, nil
}

// checkName refuses what is more than a name.
func checkName(name string) error {
	if name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") || len(name) > 240 {
		return fmt.Errorf("%q is no name for a file or folder; the folder it lies in is %s", name, keyDir)
	}
	return nil
}
