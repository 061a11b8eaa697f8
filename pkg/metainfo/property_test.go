package metainfo

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// randomFolder returns files with names and sizes that like to cause trouble.
func randomFolder(rng *rand.Rand) map[string]string {
	names := []string{"a", "b", "a b", "ü", "日本語", "عربى", "x.part", ".hidden", "-", "a.b", "a-b", "~", "#", "%41", "é", "e\u0301"}
	sizes := []int{0, 1, 63, 64, 16383, 16384, 16385, 32768, 50_000, 131_072, 300_000}
	files := map[string]string{}
	for n := range 1 + rng.IntN(15) {
		name := fmt.Sprint(names[rng.IntN(len(names))], n)
		for range rng.IntN(3) {
			name = names[rng.IntN(len(names))] + "/" + name
		}
		files[name] = noise(rng.Uint64(), sizes[rng.IntN(len(sizes))])
	}
	return files
}

// TestRandomFolders creates torrents of random folders and checks that all
// parts of the package agree on them.
func TestRandomFolders(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		files := randomFolder(rng)
		root := writeTree(t, files)
		for _, format := range []Format{V1, V2, Hybrid} {
			o := Options{Path: root, Format: format, Workers: 1 + rng.IntN(4)}
			o.PieceLength = []int64{0, 16 << 10, 64 << 10, 512 << 10, 1 << 20}[rng.IntN(5)]
			m := create(t, o)
			if !checkAgreement(t, m, root, files) {
				t.Fatalf("seed %d, %v, piece length %d", seed, format, m.Info.PieceLength)
			}
		}
	}
}

func checkAgreement(t *testing.T, m *Metainfo, root string, files map[string]string) bool {
	t.Helper()
	i := m.Info
	parsed, err := Parse(m.Bytes())
	if err != nil || parsed.Info.InfoHash() != i.InfoHash() || len(parsed.Warnings) > 0 {
		t.Errorf("parse: %v, %v", err, parsed)
		return false
	}
	if again, err := ParseInfo(i.Raw()); err != nil || again.InfoHash() != i.InfoHash() || again.DataLength() != i.DataLength() {
		t.Errorf("parse info: %v", err)
	}
	var want []string
	for name := range files {
		want = append(want, name)
	}
	got := paths(i)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	checkSpace(t, i)
	if i.HasV1() {
		checkPieces(t, i, files)
	}
	if r := verify(t, parsed, root); !r.Complete() || len(r.Extra) > 0 || r.GoodBytes != i.DataLength() {
		t.Errorf("verify: %s", outline(i, r))
	}
	checkOneFlip(t, parsed, root)
	link, err := ParseMagnet(m.Magnet().String())
	if err != nil || link.HasHash && link.Hash != i.InfoHash() || link.Name != i.Name {
		t.Errorf("magnet: %v, %v", link, err)
	}
	return !t.Failed()
}

// checkSpace compares FileAt and PieceSize with a walk over the files.
func checkSpace(t *testing.T, i *Info) {
	t.Helper()
	var sum int64
	for p := range i.NumPieces() {
		sum += i.PieceSize(p)
	}
	want := i.Length
	if !i.HasV1() {
		want = i.DataLength()
	}
	if sum != want {
		t.Errorf("pieces have %d bytes, want %d", sum, want)
	}
	for n := range i.Files {
		f := &i.Files[n]
		if f.Length > 0 && (i.FileAt(f.Offset) != n || i.FileAt(f.End()-1) != n) {
			t.Errorf("file %d is not found", n)
		}
		if i.HasV2() && f.Length > 0 && !f.Pad && f.Offset%i.PieceLength != 0 {
			t.Errorf("file %d does not start a piece", n)
		}
	}
}

// checkPieces compares the v1 hashes with those of the whole piece space.
func checkPieces(t *testing.T, i *Info, files map[string]string) {
	t.Helper()
	var space bytes.Buffer
	for n := range i.Files {
		if i.Files[n].Pad {
			space.Write(make([]byte, i.Files[n].Length))
		} else {
			space.WriteString(files[strings.Join(i.Files[n].Path, "/")])
		}
	}
	for p := range i.NumPieces() {
		if piece := space.Next(int(i.PieceSize(p))); sha1.Sum(piece) != i.PieceHash(p) {
			t.Errorf("piece %d has another hash", p)
		}
	}
}

// checkOneFlip damages one byte and looks whether Verify reports it, and no
// file that it has nothing to do with.
func checkOneFlip(t *testing.T, m *Metainfo, root string) {
	t.Helper()
	if m.Info.DataLength() == 0 {
		return
	}
	n := 0
	for ; m.Info.Files[n].Pad || m.Info.Files[n].Length == 0; n++ {
	}
	f := &m.Info.Files[n]
	at := f.Length / 2
	path := filepath.Join(root, filepath.Join(f.Path...))
	flip := func() {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[at] ^= 0x80
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flip()
	defer flip()
	r, err := Verify(context.Background(), m.Info, root, VerifyOptions{PieceLayers: m.PieceLayers})
	if err != nil {
		t.Fatal(err)
	}
	piece := (f.Offset + at) / m.Info.PieceLength
	if r.GoodPieces != r.Pieces-1 {
		t.Errorf("%d of %d pieces are good after one byte was changed", r.GoodPieces, r.Pieces)
	}
	for _, file := range r.Files {
		at := &m.Info.Files[file.File]
		touched := at.Length > 0 && at.Offset < (piece+1)*m.Info.PieceLength && at.End() > piece*m.Info.PieceLength
		if touched != (file.Status == Damaged) {
			t.Errorf("file %d is %v", file.File, file.Status)
		}
	}
}
