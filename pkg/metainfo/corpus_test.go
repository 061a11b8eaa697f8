package metainfo

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusDir finds the torrents of other projects, which do not live in this
// one: $SHOAL_CORPORA, or shared/corpora beside the module.
func corpusDir(t testing.TB) string {
	dir := os.Getenv("SHOAL_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	if _, err := os.Stat(filepath.Join(dir, "EXPECT.tsv")); err != nil {
		t.Skip("no corpora here; set SHOAL_CORPORA")
	}
	return dir
}

// corpusRow is a torrent and what it must give.
type corpusRow struct{ file, hash, hash2, expect string }

func corpus(t testing.TB) []corpusRow {
	dir := corpusDir(t)
	f, err := os.Open(filepath.Join(dir, "EXPECT.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []corpusRow
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		cells := strings.Split(s.Text(), "\t")
		if len(cells) != 4 {
			t.Fatalf("malformed row %q", s.Text())
		}
		rows = append(rows, corpusRow{filepath.Join(dir, cells[0]), cells[1], cells[2], cells[3]})
	}
	return rows
}

func TestCorpus(t *testing.T) {
	for _, row := range corpus(t) {
		t.Run(filepath.Base(row.file), func(t *testing.T) {
			m, err := Load(row.file)
			verdict, _, _ := strings.Cut(row.expect, " ")
			if err != nil {
				var refusal *Error
				if !errors.As(err, &refusal) {
					t.Errorf("error %v is no *Error", err)
				}
				if !strings.Contains(verdict, "reject") && !strings.Contains(verdict, "edge") {
					t.Errorf("refused: %v; want %s", err, row.expect)
				}
				return
			}
			if !strings.Contains(verdict, "accept") {
				t.Fatalf("accepted; want %s", row.expect)
			}
			checkCorpusRow(t, m, row)
		})
	}
}

func checkCorpusRow(t *testing.T, m *Metainfo, row corpusRow) {
	t.Helper()
	if got := m.Info.InfoHash().String(); got != row.hash {
		t.Errorf("infohash %s, want %s", got, row.hash)
	}
	hash2 := ""
	if h, ok := m.Info.InfoHashV2(); ok {
		hash2 = h.String()
	}
	if hash2 != row.hash2 {
		t.Errorf("v2 infohash %q, want %q", hash2, row.hash2)
	}
	again, err := Parse(m.Bytes())
	if err != nil || again.Info.InfoHash() != m.Info.InfoHash() {
		t.Errorf("parse of own bytes: %v", err)
	}
	if _, err := ParseInfo(m.Info.Raw()); err != nil {
		t.Errorf("parse of own info: %v", err)
	}
	link, err := ParseMagnet(m.Magnet().String())
	if err != nil || m.Info.HasV1() && link.Hash != m.Info.InfoHash() {
		t.Errorf("magnet: %v", err)
	}
}
