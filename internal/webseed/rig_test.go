package webseed

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// file is one file of a torrent made for a test.
type file struct {
	path string
	size int
	pad  bool
}

// torrent makes an info dictionary; its hashes are nobody's.
func torrent(tb testing.TB, name string, pieceLength int, files ...file) *metainfo.Info {
	tb.Helper()
	str := func(s string) string { return fmt.Sprintf("%d:%s", len(s), s) }
	total, list := 0, "l"
	for _, f := range files {
		total += f.size
		list += "d"
		if f.pad {
			list += "4:attr1:p"
		}
		list += fmt.Sprintf("6:lengthi%de4:pathl", f.size)
		for _, e := range strings.Split(f.path, "/") {
			list += str(e)
		}
		list += "ee"
	}
	raw := "d5:files" + list + "e"
	if len(files) == 1 && files[0].path == name {
		raw = fmt.Sprintf("d6:lengthi%de", total)
	}
	pieces := (total + pieceLength - 1) / pieceLength
	raw += "4:name" + str(name) + fmt.Sprintf("12:piece lengthi%de6:pieces", pieceLength) + str(strings.Repeat("x", 20*pieces)) + "e"
	info, err := metainfo.ParseInfo([]byte(raw))
	if err != nil {
		tb.Fatal(err)
	}
	return info
}

// content makes the bytes of all files by path, and of the piece space.
func content(info *metainfo.Info) (files map[string][]byte, space []byte) {
	files = make(map[string][]byte)
	r := rand.NewChaCha8([32]byte{7})
	for _, f := range info.Files {
		b := make([]byte, f.Length)
		if !f.Pad {
			r.Read(b)
			path := "/" + info.Name + "/" + strings.Join(f.Path, "/")
			if info.SingleFile() {
				path = "/" + info.Name
			}
			files[path] = b
		}
		space = append(space, b...)
	}
	return files, space
}

// sink keeps what comes, and notes what came twice.
type sink struct {
	mu     sync.Mutex
	space  []byte
	came   []int
	passed int
	block  int64 // Room gives no more than to the next multiple
	hook   func(ctx context.Context, n int) error
}

func newSink(info *metainfo.Info) *sink {
	return &sink{space: make([]byte, info.Length), came: make([]int, info.Length), block: 16 << 10}
}

func (s *sink) Room(off, most int64) []byte {
	n := min(most, s.block-off%s.block)
	return s.space[off : off+n]
}

func (s *sink) Came(ctx context.Context, off int64, n int) error {
	s.mu.Lock()
	for i := range n {
		s.came[off+int64(i)]++
	}
	s.mu.Unlock()
	if s.hook != nil {
		return s.hook(ctx, n)
	}
	return nil
}

func (s *sink) Passed(_ context.Context, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed += n
	return nil
}

// check compares a span with what it should be.
func (s *sink) check(tb testing.TB, want []byte, spans ...Span) {
	tb.Helper()
	asked := make([]int, len(want))
	for _, x := range spans {
		for i := x.Off; i < x.Off+x.Len; i++ {
			asked[i]++
		}
	}
	for i := range asked {
		if asked[i] != s.came[i] {
			tb.Fatalf("byte %d was asked for %d times and came %d times", i, asked[i], s.came[i])
		}
		if asked[i] > 0 && s.space[i] != want[i] {
			tb.Fatalf("byte %d is wrong", i)
		}
	}
}

// serve starts a server and a web seed of it. The torrent's path is appended to its root.
func serve(tb testing.TB, info *metainfo.Info, h http.Handler) *Server {
	tb.Helper()
	web := httptest.NewServer(h)
	return connect(tb, info, web, web.URL+"/", true)
}

func connect(tb testing.TB, info *metainfo.Info, web *httptest.Server, url string, trusted bool) *Server {
	tb.Helper()
	n, err := network.New(network.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	client := n.HTTPClient(network.WebSeedPolicy(trusted))
	s, err := New(Config{URL: url, Info: info, HTTP: client, Agent: "shoal/test", Stall: 5 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Close()
		client.CloseIdleConnections()
		web.CloseClientConnections()
		web.Close()
	})
	return s
}

// static serves files with ranges, and counts requests and connections.
func static(files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	})
}

// plain serves files without knowing ranges.
func plain(files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.Write(b)
	})
}
