package session

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// web serves a folder; wrap may spoil it. It counts the bytes that it sends.
func web(tb testing.TB, dir string, wrap func(http.Handler) http.Handler) (url string, sent *atomic.Int64) {
	tb.Helper()
	sent = new(atomic.Int64)
	h := http.FileServer(http.Dir(dir))
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&tally{w, sent}, r)
	}))
	tb.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL + "/", sent
}

type tally struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c *tally) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// folder makes a folder torrent with empty files and odd names.
func folder(tb testing.TB, dir string, format metainfo.Format) *metainfo.Metainfo {
	tb.Helper()
	root := filepath.Join(dir, "a folder #1 & é")
	for name, size := range map[string]int{
		"empty": 0, "sub dir/100% sure?.bin": 70_000, "sub dir/+plus;semi": 1, "日本.txt": 300_001, "z empty": 0, "big": 3_000_000,
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Repeat([]byte(name+"\n"), size)[:size], 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: root, PieceLength: 1 << 16, Format: format})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestGetFromWebSeedAlone: no peer, one server, all kinds of torrents.
func TestGetFromWebSeedAlone(t *testing.T) {
	for name, format := range map[string]metainfo.Format{"v1": metainfo.V1, "v2": metainfo.V2, "hybrid": metainfo.Hybrid} {
		t.Run(name, func(t *testing.T) {
			src, dst := t.TempDir(), t.TempDir()
			m := folder(t, src, format)
			url, sent := web(t, src, nil)
			s := start(t)
			tor := add(t, s, AddOptions{Metainfo: m, Dir: dst, WebSeeds: []string{url}})
			<-tor.Done()
			if err := tor.Err(); err != nil {
				t.Fatal(err)
			}
			for _, f := range m.Info.Files {
				if path := filepath.Join(append([]string{m.Info.Name}, f.Path...)...); !f.Pad {
					same(t, filepath.Join(src, path), filepath.Join(dst, path))
				}
			}
			if sent.Load() != m.Info.DataLength() {
				t.Errorf("the server sent %d bytes of %d", sent.Load(), m.Info.DataLength())
			}
			if st := tor.Stats(); st.Wasted != 0 || st.Downloaded < m.Info.DataLength() {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestWebSeedWithPeer: metadata and some pieces come from a slow peer, the rest from the server; a server without
// ranges does as well.
func TestWebSeedWithPeer(t *testing.T) {
	for name, wrap := range map[string]func(http.Handler) http.Handler{"ranges": nil, "no ranges": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			h.ServeHTTP(w, r)
		})
	}} {
		t.Run(name, func(t *testing.T) {
			src, dst := t.TempDir(), t.TempDir()
			m := content(t, src, 24<<20+12345)
			url, sent := web(t, src, wrap)
			peer := start(t)
			peer.SetLimits(0, 3<<20)
			add(t, peer, AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true, Trusted: true})
			s := start(t)
			tor := add(t, s, AddOptions{Magnet: m.Magnet(), Dir: dst, Peers: []string{peer.listen.TCP[0].Addr().String()}, WebSeeds: []string{url}})
			<-tor.Done()
			if err := tor.Err(); err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
			t.Logf("the server sent %d of %d bytes, wasted %d", sent.Load(), m.Info.Length, tor.Stats().Wasted)
			if sent.Load() < m.Info.Length/2 {
				t.Errorf("the server sent only %d of %d bytes", sent.Load(), m.Info.Length)
			}
		})
	}
}

// TestWrongWebSeed: a server that gives wrong data is dropped and said to be, and nobody else is banned: the peer
// gives everything.
func TestWrongWebSeed(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	m := content(t, src, 20<<20)
	url, _ := web(t, src, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&spoiler{w}, r) })
	})
	peer := start(t)
	peer.SetLimits(0, 20<<20)
	add(t, peer, AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true, Trusted: true})
	s := start(t)
	var mu sync.Mutex
	var warned []string
	tor := add(t, s, AddOptions{
		Metainfo: m, Dir: dst, Peers: []string{peer.listen.TCP[0].Addr().String()}, WebSeeds: []string{strings.Replace(url, "//", "//user:secret@", 1)},
		OnEvent: func(e Event) {
			if e.Kind == Warning {
				mu.Lock()
				warned = append(warned, e.Err.Error())
				mu.Unlock()
			}
		},
	})
	<-tor.Done()
	if err := tor.Err(); err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
	if st := tor.Stats(); st.Banned != 0 {
		t.Errorf("%d addresses are banned", st.Banned)
	}
	if text := strings.Join(warned, "\n"); len(warned) != 1 || !strings.Contains(text, "drop web seed http://127.0.0.1") || strings.Contains(text, "secret") {
		t.Errorf("warnings: %s", text)
	}
}

type spoiler struct{ http.ResponseWriter }

func (s *spoiler) Write(b []byte) (int, error) {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return s.ResponseWriter.Write(b)
}

// TestWebSeedsThatFail: those of the torrent may not be on this machine, and a missing file drops a server;
// the note says why nothing moves. One that is busy at first is asked again.
func TestWebSeedsThatFail(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	m := content(t, src, 2<<20)
	url, _ := web(t, src, nil)
	empty, _ := web(t, t.TempDir(), nil)
	m.WebSeeds = []string{url}
	s := start(t)
	warned := make(chan struct{}, 16)
	tor := add(t, s, AddOptions{Metainfo: m, Dir: dst, WebSeeds: []string{empty}, OnEvent: func(e Event) {
		if e.Kind == Warning {
			warned <- struct{}{}
		}
	}})
	<-warned
	<-warned
	if note := tor.Stats().Note; !strings.Contains(note, "; web seed http://127.0.0.1:") {
		t.Errorf("note %q", note)
	}
	if err := tor.Remove(context.Background()); err != nil || !errors.Is(tor.Err(), errRemoved) {
		t.Error(err, tor.Err())
	}

	var busy atomic.Int32
	later, _ := web(t, src, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if busy.Add(1) < 2 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(503)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	m.WebSeeds = nil
	tor = add(t, s, AddOptions{Metainfo: m, Dir: dst, WebSeeds: []string{later}})
	<-tor.Done()
	if err := tor.Err(); err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
}

// TestWebSeedUnderLimit: the limit of the process holds for it too.
func TestWebSeedUnderLimit(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	m := content(t, src, 4<<20)
	url, _ := web(t, src, nil)
	s := start(t)
	s.SetLimits(2<<20, 0)
	began := time.Now()
	tor := add(t, s, AddOptions{Metainfo: m, Dir: dst, WebSeeds: []string{url}})
	<-tor.Done()
	if err := tor.Err(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 1700*time.Millisecond {
		t.Errorf("4 MiB at 2 MiB/s took %v", took)
	}
}
