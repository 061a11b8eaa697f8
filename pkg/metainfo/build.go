package metainfo

import (
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// builder turns the entries of an info dictionary into an Info.
type builder struct {
	keys   infoKeys
	limits Limits
	info   *Info
	names  *names
	pad    struct { // the last path of padding: many are the same
		raw  []byte
		path []string
	}
}

// buildInfo validates an info dictionary whose syntax is known to be right,
// and indexes it. raw becomes part of the result.
func buildInfo(raw []byte, keys infoKeys, l Limits) (*Info, error) {
	b := &builder{keys: keys, limits: l, info: &Info{}, names: newNames(l)}
	steps := []func() error{b.version, b.name, b.pieceLength, b.files, b.pieces}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.flags()
	b.info.seal(raw)
	return b.info, nil
}

func refuse(part, format string, args ...any) error {
	return &Error{Part: part, Reason: fmt.Sprintf(format, args...)}
}

func (b *builder) warn(format string, args ...any) {
	warn(&b.info.warnings, format, args...)
}

// version finds out whether this is a v1, v2 or hybrid torrent. BEP 52 wants
// the version looked at before anything else.
func (b *builder) version() error {
	k := &b.keys
	if kind := k.metaVersion.kind(); kind != 0 {
		if v := k.metaVersion.integer(); kind != 'i' || v < 1 || v > 2 {
			return refuse("meta version", "only version 1 and 2 are known, not %s", quote(k.metaVersion.raw))
		}
		b.info.v2 = k.metaVersion.integer() == 2
	}
	switch {
	case b.info.v2 && k.fileTree.kind() != 'd':
		return refuse("file tree", "a v2 torrent has to have one")
	case !b.info.v2 && k.fileTree.raw != nil:
		b.warn("a file tree without meta version 2 is ignored")
	}
	return nil
}

// hasV1 tells whether the dictionary describes files the v1 way.
func (b *builder) hasV1() bool {
	return !b.info.v2 || b.keys.pieces.raw != nil || b.keys.files.raw != nil || b.keys.length.raw != nil
}

func (b *builder) name() error {
	k := &b.keys
	raw := k.name.str()
	if utf8Name := k.nameUTF8.str(); len(utf8Name) > 0 && utf8.Valid(utf8Name) {
		raw = utf8Name
	}
	switch {
	case raw == nil && k.name.raw == nil:
		return refuse("name", "it is missing")
	case raw == nil:
		return refuse("name", "want a string, got %s", kindName(k.name.kind()))
	}
	name, err := b.names.element(text(raw))
	if err == nil {
		err = reserved(name)
	}
	if err != nil {
		return within("name", err)
	}
	if name != text(raw) {
		b.warn("the name %s is stored as %s", quote(raw), quote(name))
	}
	b.info.Name = name
	return nil
}

func (b *builder) pieceLength() error {
	n, kind := b.keys.pieceLength.integer(), b.keys.pieceLength.kind()
	switch {
	case kind == 0:
		return refuse("piece length", "it is missing")
	case kind != 'i':
		return refuse("piece length", "want an integer, got %s", kindName(kind))
	case n <= 0:
		return refuse("piece length", "it has to be positive, not %d", n)
	case n > b.limits.PieceLength:
		return refuse("piece length", "%d bytes are more than the limit of %d", n, b.limits.PieceLength)
	case b.info.v2 && (n < leafLength || n&(n-1) != 0):
		return refuse("piece length", "a v2 torrent wants a power of two of at least 16384, not %d", n)
	}
	b.info.PieceLength = n
	return nil
}

// pieces checks that the v1 hashes are there, one for each piece.
func (b *builder) pieces() error {
	i := b.info
	if !b.hasV1() {
		return nil
	}
	want := ceilDiv(i.Length, i.PieceLength)
	if want > int64(b.limits.Pieces) {
		return refuse("pieces", "%d pieces are more than the limit of %d", want, b.limits.Pieces)
	}
	hashes, kind := b.keys.pieces.str(), b.keys.pieces.kind()
	switch {
	case kind == 0:
		return refuse("pieces", "they are missing")
	case kind != 's':
		return refuse("pieces", "want a string, got %s", kindName(kind))
	case len(hashes)%len(Hash{}) != 0:
		return refuse("pieces", "%d bytes are no whole number of hashes", len(hashes))
	case int64(len(hashes)/len(Hash{})) != want:
		return refuse("pieces", "there are %d hashes, but the files make %d pieces", len(hashes)/len(Hash{}), want)
	}
	i.pieces = hashes
	i.numPieces = int(want)
	return nil
}

// flags reads what may be absent or odd without harm.
func (b *builder) flags() {
	k := &b.keys
	switch kind := k.private.kind(); kind {
	case 0:
	case 'i':
		b.info.Private = k.private.integer() != 0
	default:
		// The safe side: a torrent that was meant to be private stays so.
		b.info.Private = string(k.private.str()) != "0"
		b.warn("private is %s, not an integer", kindName(kind))
	}
	b.info.Source = shortText(k.source.str())
}

// text views bytes as a string without copying them. That is sound because
// the bytes come from the parser's own copy, which nobody writes to.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// validText returns b as a string with what is not UTF-8 replaced.
func validText(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// maxText bounds, in bytes, a text that is there for people to read. Nobody reads more of one, and whoever shows it may need
// several times as much memory.
const maxText = 1 << 20

// shortText is validText of a text for people, cut where it is too long.
func shortText(b []byte) string {
	if len(b) > maxText {
		end := maxText
		for end > maxText-utf8.UTFMax && !utf8.RuneStart(b[end]) {
			end--
		}
		b = b[:end]
	}
	return validText(b)
}
