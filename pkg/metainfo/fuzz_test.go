package metainfo

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// seedTorrents adds small torrents to a fuzzer: those in testdata, and those
// of the corpora where they are at hand.
func seedTorrents(f *testing.F, add func(raw []byte)) {
	f.Helper()
	own, err := filepath.Glob(filepath.Join("testdata", "*.torrent"))
	if err != nil || len(own) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range own {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		add(raw)
	}
	for _, text := range []string{"", "de", "d4:infodee", unsorted, "d4:info" + oneFile("4:name1:n") + "e"} {
		add([]byte(text))
	}
}

func FuzzParse(f *testing.F) {
	seedTorrents(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw)
		if err != nil {
			refused(t, err)
			return
		}
		checkInfo(t, m.Info)
		checkEdit(t, m)
	})
}

// checkEdit changes something and looks whether the rest stays.
func checkEdit(t *testing.T, m *Metainfo) {
	t.Helper()
	same, err := Parse(m.Bytes())
	if err != nil || !bytes.Equal(same.Bytes(), m.Bytes()) {
		t.Fatalf("own bytes: %v", err)
	}
	same.Comment += "!"
	same.Trackers = append(same.Trackers, []string{"http://added.example/"})
	again, err := Parse(same.Bytes())
	if err != nil || !bytes.Equal(again.Info.Raw(), m.Info.Raw()) {
		t.Fatalf("edited bytes: %v", err)
	}
	if again.Comment != same.Comment || len(again.PieceLayers) != len(m.PieceLayers) {
		t.Fatalf("comment %q, want %q", again.Comment, same.Comment)
	}
	if _, err := ParseMagnet(m.Magnet().String()); err != nil && len(m.Magnet().String()) <= maxMagnet {
		t.Fatal(err)
	}
}

func FuzzParseInfo(f *testing.F) {
	seedTorrents(f, func(raw []byte) {
		if m, err := Parse(raw); err == nil {
			f.Add(m.Info.Raw())
		}
	})
	f.Fuzz(func(t *testing.T, raw []byte) {
		i, err := ParseInfo(raw)
		if err != nil {
			refused(t, err)
			return
		}
		if !bytes.Equal(i.Raw(), raw) {
			t.Fatal("the raw bytes differ")
		}
		checkInfo(t, i)
	})
}

func refused(t *testing.T, err error) {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Reason == "" || !utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\x00\x1b\n\r") {
		t.Fatalf("refused with %#v", err)
	}
}

// checkInfo checks what everybody relies on.
func checkInfo(t *testing.T, i *Info) {
	t.Helper()
	if len(i.Files) == 0 || i.Length < 0 || i.PieceLength <= 0 || i.DataLength() > i.Length || !i.HasV1() && !i.HasV2() {
		t.Fatalf("impossible: %+v", i)
	}
	seen := map[string]bool{}
	end := int64(0)
	for n := range i.Files {
		f := &i.Files[n]
		if f.Length < 0 || f.Offset < end || f.End() > i.Length && f.Length > 0 {
			t.Fatalf("file %d lies from %d to %d after %d", n, f.Offset, f.End(), end)
		}
		end = f.End()
		path := strings.Join(f.Path, "/")
		if seen[path] && !f.Pad || !filepath.IsLocal(path) || path == "." || filepath.Clean(path) != path {
			t.Fatalf("path %q", f.Path)
		}
		seen[path] = true
	}
	if !filepath.IsLocal(i.Name) || strings.Contains(i.Name, "/") || i.Name == "." {
		t.Fatalf("name %q", i.Name)
	}
	var sum int64
	for p := range i.NumPieces() {
		size := i.PieceSize(p)
		if size <= 0 || size > i.PieceLength || i.FileAt(int64(p)*i.PieceLength) < 0 {
			t.Fatalf("piece %d has %d bytes", p, size)
		}
		sum += size
		if i.HasV1() {
			i.PieceHash(p)
		}
		i.PieceRoot(p, nil)
	}
	if i.HasV1() && sum != i.Length || !i.HasV1() && sum != i.DataLength() {
		t.Fatalf("pieces have %d bytes", sum)
	}
}

func FuzzMagnet(f *testing.F) {
	f.Add("magnet:?xt=urn:btih:" + hexHash)
	f.Add("magnet:?xt=urn:btmh:1220" + hexHash256 + "&xt.1=urn:btih:" + base32Hash + "&dn=a+b%20c&tr=http://a/b&tr=udp%3A//c:1&ws=https://w/&x.pe=[::1]:1&x.pe=h:2&so=0,2-5")
	f.Add("magnet:?dn=%ff&so=1-")
	f.Fuzz(func(t *testing.T, link string) {
		m, err := ParseMagnet(link)
		if err != nil {
			var refusal *MagnetError
			if !errors.As(err, &refusal) || refusal.Reason == "" {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		text := m.String()
		again, err := ParseMagnet(text)
		if len(text) > maxMagnet {
			return
		}
		if err != nil || again.String() != text {
			t.Fatalf("%q gives %q, %v", link, text, err)
		}
	})
}

func FuzzBencode(f *testing.F) {
	for _, text := range []string{"i5e", "i-5e", "i0e", "5:hello", "le", "de", "li1e1:ae", "d1:ai1e1:bd1:cleee", "i-0e", "01:a", "d1:ae", "99:a", "lllleeee"} {
		f.Add([]byte(text))
	}
	seedTorrents(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := newCursor(raw, 10_000)
		c.skip()
		if c.err != nil {
			if c.pos > len(raw) || c.err.Reason == "" {
				t.Fatalf("stopped at %d of %d: %v", c.pos, len(raw), c.err)
			}
			return
		}
		if c.depth != 0 {
			t.Fatalf("ends %d deep", c.depth)
		}
		if got := encodeAgain(inside(raw[:c.pos]), nil); !bytes.Equal(got, raw[:c.pos]) {
			t.Fatalf("%q reads as %q", raw[:c.pos], got)
		}
	})
}

// encodeAgain reads a value and writes it. As there is one way to write a
// value (but for the order of keys), that gives the same bytes.
func encodeAgain(c *cursor, out []byte) []byte {
	switch kind := c.peek(); kind {
	case 'i':
		return appendInt(out, c.integer())
	case 'l', 'd':
		out = append(out, kind)
		for c.enter(kind); c.more(); {
			out = encodeAgain(c, out)
		}
		return append(out, 'e')
	}
	return appendString(out, c.str())
}
