package session

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// content writes a file of random bytes and makes a torrent of it.
func content(tb testing.TB, dir string, size int) *metainfo.Metainfo {
	return contentOf(tb, dir, size, metainfo.V1)
}

func contentOf(tb testing.TB, dir string, size int, format metainfo.Format) *metainfo.Metainfo {
	tb.Helper()
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	if err := os.WriteFile(filepath.Join(dir, "data.bin"), b, 0o666); err != nil {
		tb.Fatal(err)
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: filepath.Join(dir, "data.bin"), PieceLength: 1 << 18, Format: format})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func logger(tb testing.TB) *slog.Logger {
	if os.Getenv("SHOAL_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func start(tb testing.TB) *Session { return startAt(tb, "127.0.0.1") }

func startAt(tb testing.TB, addr string) *Session {
	tb.Helper()
	s, err := New(Config{
		Bind: addr, NoDHT: true, NoLSD: true, NoPortMap: true, StateDir: tb.TempDir(), ClientVersion: "0.0.0", Log: logger(tb),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func add(tb testing.TB, s *Session, o AddOptions) *Torrent {
	tb.Helper()
	t, err := s.Add(o)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func seed(tb testing.TB, m *metainfo.Metainfo, dir string) string {
	tb.Helper()
	s := start(tb)
	ready := make(chan struct{})
	add(tb, s, AddOptions{Metainfo: m, Dir: dir, SeedOnly: true, Keep: true, OnEvent: func(e Event) {
		if e.Kind == Seeding {
			close(ready)
		}
		if e.Err != nil {
			tb.Error(e.Err)
		}
	}})
	<-ready
	return fmt.Sprintf("127.0.0.1:%d", s.Port())
}

func same(tb testing.TB, a, b string) {
	tb.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		tb.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		tb.Fatalf("%s and %s differ", a, b)
	}
}

func TestGetByMagnetFromTwo(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	m := content(t, src, 20<<20+12345)
	a, b := seed(t, m, src), seed(t, m, src)
	s := start(t)
	var kinds []Kind
	tor := add(t, s, AddOptions{Magnet: m.Magnet(), Dir: dst, Peers: []string{a, b}, OnEvent: func(e Event) { kinds = append(kinds, e.Kind) }})
	<-tor.Done()
	if err := tor.Err(); err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
	if got := fmt.Sprint(kinds); got != fmt.Sprint([]Kind{Metadata, Checking, Checked, FileDone, Complete}) {
		t.Errorf("events %s", got)
	}
	if st := tor.Stats(); st.Verified != st.Total || st.Total != 20<<20+12345 {
		t.Errorf("stats %+v", st)
	}
}

// TestGetV2 fetches torrents of v2 and of both kinds by magnet link: the piece layers come from peers.
func TestGetV2(t *testing.T) {
	for name, format := range map[string]metainfo.Format{"v2": metainfo.V2, "hybrid": metainfo.Hybrid} {
		t.Run(name, func(t *testing.T) {
			src, dst := t.TempDir(), t.TempDir()
			m := contentOf(t, src, 150<<20+777, format)
			addr := seed(t, m, src)
			s := start(t)
			tor := add(t, s, AddOptions{Magnet: m.Magnet(), Dir: dst, Peers: []string{addr}})
			<-tor.Done()
			if err := tor.Err(); err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
		})
	}
}

// TestLiarIsBanned fetches from an honest seeder and from one whose data is wrong everywhere.
func TestLiarIsBanned(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.2:0") // a ban is of an address, so the two need one each
	if err != nil {
		t.Skip("there is one loopback address only:", err)
	}
	l.Close()
	for name, format := range map[string]metainfo.Format{"v1": metainfo.V1, "v2": metainfo.V2} {
		t.Run(name, func(t *testing.T) {
			src, wrong, dst := t.TempDir(), t.TempDir(), t.TempDir()
			m := contentOf(t, src, 30<<20, format)
			b, err := os.ReadFile(filepath.Join(src, "data.bin"))
			if err != nil {
				t.Fatal(err)
			}
			for i := range b {
				b[i] ^= 0x55
			}
			if err := os.WriteFile(filepath.Join(wrong, "data.bin"), b, 0o666); err != nil {
				t.Fatal(err)
			}
			liar := startAt(t, "127.0.0.2")
			ready := make(chan struct{})
			add(t, liar, AddOptions{Metainfo: m, Dir: wrong, SeedOnly: true, Trusted: true, Keep: true, OnEvent: func(e Event) {
				if e.Kind == Seeding {
					close(ready)
				}
			}})
			<-ready
			s := start(t)
			var warnings []string
			tor := add(t, s, AddOptions{
				Metainfo: m, Dir: dst, Peers: []string{fmt.Sprintf("127.0.0.2:%d", liar.Port()), seed(t, m, src)},
				OnEvent: func(e Event) {
					if e.Kind == Warning {
						warnings = append(warnings, e.Err.Error())
					}
				},
			})
			<-tor.Done()
			if err := tor.Err(); err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
			if len(warnings) > 1 || len(warnings) == 1 && warnings[0] != "ban peer 127.0.0.2: it sent wrong data" {
				t.Errorf("warnings %q", warnings)
			}
			if st := tor.Stats(); st.Wasted > 0 && st.Banned != 1 {
				t.Errorf("%d banned, %d bytes wasted", st.Banned, st.Wasted)
			}
		})
	}
}

// A link with the v2 infohash alone of a torrent that has both finds peers under the other one too, once the metadata
// has shown it.
func TestLinkWithOneOfTwoNames(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	m := contentOf(t, src, 1<<20, metainfo.Hybrid)
	s := start(t)
	link := m.Magnet()
	link.HasHash, link.Hash = false, metainfo.Hash{}
	known := make(chan struct{})
	tor := add(t, s, AddOptions{Magnet: link, Dir: dst, Peers: []string{seed(t, m, src)}, Keep: true, OnEvent: func(e Event) {
		switch e.Kind {
		case Seeding:
			close(known)
		case Failed:
			t.Error(e.Err)
		}
	}})
	<-known
	if got := s.torrent(m.Info.InfoHash()); got != tor {
		t.Fatalf("under its v1 name there is %v", got)
	}
	v1 := m.Magnet()
	v1.HasHashV2, v1.HashV2 = false, metainfo.Hash256{}
	late := add(t, start(t), AddOptions{Magnet: v1, Dir: t.TempDir(), Peers: []string{fmt.Sprintf("127.0.0.1:%d", s.Port())}})
	<-late.Done()
	if err := late.Err(); err != nil {
		t.Error(err)
	}
}
