package disk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// makeV2 makes up a torrent of another format than v1, and its piece layers.
func makeV2(t testing.TB, format metainfo.Format, pieceLength int, entries ...entry) (*content, map[metainfo.Hash256][]byte) {
	t.Helper()
	plain := makeContent(t, "n", pieceLength, entries...)
	dir := fastDir(t)
	for i := range plain.info.Files {
		path := append([]string{dir, "n"}, plain.info.Files[i].Path...)
		if plain.info.SingleFile() {
			path = path[:2]
		}
		put(t, filepath.Join(path...), plain.file(i))
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{
		Path: filepath.Join(dir, "n"), Format: format, PieceLength: int64(pieceLength),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &content{info: m.Info, data: make([]byte, m.Info.Length)}
	for i := range m.Info.Files {
		f := &m.Info.Files[i]
		if f.Pad {
			continue
		}
		path := append([]string{dir, "n"}, f.Path...)
		if m.Info.SingleFile() {
			path = path[:2]
		}
		b, err := os.ReadFile(filepath.Join(path...))
		if err != nil {
			t.Fatal(err)
		}
		copy(c.data[f.Offset:], b)
	}
	return c, m.PieceLayers
}

func TestV2(t *testing.T) {
	layouts := map[string][]entry{
		"single":       {{"", 300_000}},
		"one piece":    {{"", 60_000}},
		"one block":    {{"", 5}},
		"empty":        {{"", 0}},
		"files":        {{"a", 300_000}, {"b", 1}, {"c", 0}, {"d/e", 64 << 10}, {"d/f", 40_000}, {"g", 128 << 10}},
		"same content": {{"a", 16 << 10}, {"b", 16 << 10}},
	}
	for name, entries := range layouts {
		for _, format := range []metainfo.Format{metainfo.V2, metainfo.Hybrid} {
			t.Run(name+" "+format.String(), func(t *testing.T) {
				c, layers := makeV2(t, format, 64<<10, entries...)
				r := newRig(t)
				o := r.options()
				o.Layers = layers
				s, have := r.open(c, o)
				if n := c.info.NumPieces(); n > 0 {
					bad := bytes.Clone(c.piece(n - 1))
					bad[len(bad)-1] ^= 1
					if x := r.write(s, n-1, bad); x.Good || x.Err != nil {
						t.Errorf("a wrong piece: %+v", x)
					}
				}
				r.fetchSome(s, c, have, even)
				r.abandon(s)
				s, have = r.open(c, o)
				for p := range c.info.NumPieces() {
					if even(p) && !have.has(p) {
						t.Errorf("piece %d is lost", p)
					}
				}
				r.fetch(s, c, have)
				r.settle(s)
				for i := range c.info.Files {
					if !c.info.Files[i].Pad {
						r.wantFile(s, c, i)
					}
				}
				got := make([]byte, len(c.data))
				if err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, c.data) {
					t.Errorf("read back: %v", err)
				}
				r.close(s)
				o.Recheck = true
				s, have = r.open(c, o)
				if count(have) != c.info.NumPieces() || !s.Complete() {
					t.Errorf("%d of %d pieces", count(have), c.info.NumPieces())
				}
			})
		}
	}
}

func TestV2Zeros(t *testing.T) {
	dir := fastDir(t)
	put(t, dir+"/n", make([]byte, 300_000))
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: dir + "/n", Format: metainfo.V2, PieceLength: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	put(t, r.dir+"/n.part", nil)
	os.Truncate(r.dir+"/n.part", 300_000)
	o := r.options()
	o.Layers = m.PieceLayers
	s, have := r.open(&content{info: m.Info, data: make([]byte, 300_000)}, o)
	if count(have) != 5 {
		t.Errorf("have %d", count(have))
	}
	r.settle(s)
}

func TestV2WithoutLayers(t *testing.T) {
	c, _ := makeV2(t, metainfo.V2, 16<<10, entry{"a", 50_000}, entry{"b", 10_000})
	r := newRig(t)
	if _, err := r.pool.Open(context.Background(), c.info, r.options()); !errors.Is(err, ErrNoLayer) {
		t.Errorf("got %v", err)
	}
	o := r.options()
	o.Select = []bool{false, true}
	s, have := r.open(c, o)
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 1)
}
