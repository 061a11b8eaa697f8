package webseed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var odd = []file{
	{"empty first", 0, false}, {"a b+c;d/100% #1?.bin", 20_000, false}, {"one", 1, false}, {"日本/ü ö.txt", 40_001, false},
	{".pad/7", 7, true}, {"middle empty", 0, false}, {"[x]{y}&=@:$,!*'()", 70_000, false}, {"last", 0, false},
}

func TestFolderWithOddNames(t *testing.T) {
	info := torrent(t, "Földer #1", 32<<10, odd...)
	files, space := content(info)
	var mu sync.Mutex
	var asked []string
	s := serve(t, info, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		if r.Header.Get("Accept-Encoding") != "identity" || r.UserAgent() != "shoal/test" {
			t.Errorf("header %v", r.Header)
		}
		static(files).ServeHTTP(w, r)
	}))
	for _, spans := range [][]Span{
		{{0, info.Length}}, {{19_999, 3}}, {{32 << 10, 32 << 10}, {96 << 10, 16 << 10}}, {{0, 1}, {1, 1}, {info.Length - 1, 1}},
	} {
		got := newSink(info)
		if err := s.Fetch(t.Context(), spans, got); err != nil {
			t.Fatal(spans, err)
		}
		got.check(t, space, spans...)
	}
	for path, b := range files {
		if len(b) == 0 && slices.Contains(asked, path) {
			t.Errorf("the empty file %q was asked for", path)
		}
	}
}

func TestOneConnectionIsKept(t *testing.T) {
	info := torrent(t, "x", 1<<18, file{"x", 3 << 20, false})
	files, space := content(info)
	web := httptest.NewUnstartedServer(static(files))
	var mu sync.Mutex
	conns := map[string]bool{}
	h := web.Config.Handler
	web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		conns[r.RemoteAddr] = true
		mu.Unlock()
		h.ServeHTTP(w, r)
	})
	web.Start()
	s := connect(t, info, web, web.URL+"/x", true)
	for i := range int64(6) {
		got, span := newSink(info), Span{i << 19, 1 << 19}
		if err := s.Fetch(t.Context(), []Span{span}, got); err != nil {
			t.Fatal(err)
		}
		got.check(t, space, span)
	}
	if len(conns) != 1 {
		t.Errorf("%d connections for 6 requests", len(conns))
	}
}

// TestNoRanges: small files are read from their beginning; of a large one the caller is told, and from then
// on it is read in order, with one request.
func TestNoRanges(t *testing.T) {
	info := torrent(t, "d", 1<<20, file{"small", 100_000, false}, file{"large", 6 << 20, false})
	files, space := content(info)
	requests := 0
	s := serve(t, info, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		plain(files).ServeHTTP(w, r)
	}))
	got := newSink(info)
	if err := s.Fetch(t.Context(), []Span{{50_000, 50_000}}, got); err != nil || got.passed != 50_000 {
		t.Fatalf("%v, %d bytes passed over", err, got.passed)
	}
	got.check(t, space, Span{50_000, 50_000})

	err := s.Fetch(t.Context(), []Span{{5 << 20, 1 << 20}}, newSink(info))
	if bad, ok := errors.AsType[*Error](err); !ok || bad.Fault != NoRanges || bad.File != 1 {
		t.Fatalf("%v", err)
	}
	requests = 0
	for off := int64(100_000); off < info.Length; off += 1 << 20 {
		got, span := newSink(info), Span{off, min(1<<19, info.Length-off)}
		if err := s.Fetch(t.Context(), []Span{span}, got); err != nil {
			t.Fatal(err)
		}
		got.check(t, space, span)
	}
	if requests != 1 {
		t.Errorf("%d requests where the file could have been read on", requests)
	}
	// Again and again from the beginning is refused in the end.
	for range 10 {
		if err = s.Fetch(t.Context(), []Span{{5<<20 + 1<<19, 1 << 10}}, newSink(info)); err != nil {
			break
		}
		err = s.Fetch(t.Context(), []Span{{5 << 20, 1 << 10}}, newSink(info))
	}
	if bad, ok := errors.AsType[*Error](err); !ok || bad.Fault != FileUnusable {
		t.Errorf("%v", err)
	}
}

func TestFaults(t *testing.T) {
	info := torrent(t, "x", 1<<18, file{"x", 1 << 20, false})
	files, _ := content(info)
	head := func(code int, kv ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i < len(kv); i += 2 {
				w.Header().Set(kv[i], kv[i+1])
			}
			w.WriteHeader(code)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		fault   Fault
		retry   time.Duration
	}{
		"not found":      {head(404), FileUnusable, 0},
		"forbidden":      {head(403), FileUnusable, 0},
		"416":            {head(416), FileUnusable, 0},
		"503":            {head(503, "Retry-After", "77"), Unavailable, 77 * time.Second},
		"429":            {head(429, "Retry-After", "999999999"), Unavailable, time.Hour},
		"500":            {head(500, "Retry-After", "x"), Unavailable, 0},
		"304":            {head(304), FileUnusable, 0},
		"302 to ftp":     {head(302, "Location", "ftp://host/secret"), ServerUnusable, 0},
		"302 to nowhere": {head(302, "Location", "http://%zz/secret"), Unavailable, 0},
		"loop":           {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x?secret", http.StatusFound) }, ServerUnusable, 0},
		"inwards":        {head(302, "Location", "http://169.254.169.254/secret"), ServerUnusable, 0},
		"gzip":           {head(200, "Content-Encoding", "gzip"), FileUnusable, 0},
		"shorter":        {plain(map[string][]byte{"/x": make([]byte, 1000)}).ServeHTTP, FileUnusable, 0},
		"other size":     {static(map[string][]byte{"/x": make([]byte, 1<<20+1)}).ServeHTTP, FileUnusable, 0},
		"other part":     {head(206, "Content-Range", "bytes 0-262143/1048576", "Content-Length", "0"), FileUnusable, 0},
		"no part":        {head(206), FileUnusable, 0},
		"cut off": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 262144-524287/1048576")
			w.Header().Set("Content-Length", "262144")
			w.WriteHeader(206)
			w.Write(files["/x"][1<<18 : 1<<18+1000])
		}, Unavailable, 0},
		"no HTTP": {func(w http.ResponseWriter, r *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(c, strings.Repeat("secret://", 1000), "\r\n\r\n")
			c.Close()
		}, Unavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(c.handler)
			s := connect(t, info, web, strings.Replace(web.URL, "//", "//user:secret@", 1)+"/x?secret=1", true)
			err := s.Fetch(t.Context(), []Span{{1 << 18, 1 << 18}}, newSink(info))
			bad, ok := errors.AsType[*Error](err)
			if !ok || bad.Fault != c.fault || bad.Retry != c.retry || bad.File != 0 {
				t.Fatalf("%#v", err)
			}
			if strings.Contains(err.Error(), "secret") || len(err.Error()) > maxText+3 {
				t.Errorf("its text is %q", err)
			}
			if strings.Contains(s.String(), "secret") {
				t.Errorf("it is called %s", s)
			}
		})
	}
}

func TestRedirect(t *testing.T) {
	info := torrent(t, "x", 1<<18, file{"x", 1 << 20, false})
	files, space := content(info)
	s := serve(t, info, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/x" {
			http.Redirect(w, r, "/deep/x", http.StatusFound)
			return
		}
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/deep")
		static(files).ServeHTTP(w, r)
	}))
	got, span := newSink(info), Span{1 << 18, 1 << 18}
	if err := s.Fetch(t.Context(), []Span{span}, got); err != nil {
		t.Fatal(err)
	}
	got.check(t, space, span)
}

// TestPolicy: what a torrent names may not be on this machine.
func TestPolicy(t *testing.T) {
	info := torrent(t, "x", 1<<18, file{"x", 1 << 20, false})
	files, _ := content(info)
	web := httptest.NewServer(static(files))
	s := connect(t, info, web, web.URL+"/x", false)
	err := s.Fetch(t.Context(), []Span{{0, 100}}, newSink(info))
	if bad, ok := errors.AsType[*Error](err); !ok || bad.Fault != ServerUnusable {
		t.Errorf("%v", err)
	}
}

// TestStall: a silent server is given up, before and within the body, but a slow sink is no stall.
func TestStall(t *testing.T) {
	info := torrent(t, "x", 1<<18, file{"x", 1 << 20, false})
	files, _ := content(info)
	over := make(chan struct{})
	defer close(over)
	for name, sent := range map[string]int{"header": -1, "body": 5000} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, info, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if sent >= 0 {
					w.Header().Set("Content-Length", "1048576")
					w.Write(files["/x"][:sent])
					w.(http.Flusher).Flush()
				}
				select {
				case <-over:
				case <-r.Context().Done():
				}
			}))
			s.cfg.Stall = 50 * time.Millisecond
			got := newSink(info)
			got.hook = func(context.Context, int) error { time.Sleep(100 * time.Millisecond); return nil }
			err := s.Fetch(t.Context(), []Span{{0, 1 << 20}}, got)
			if bad, ok := errors.AsType[*Error](err); !ok || bad.Fault != Unavailable || !errors.Is(err, errStalled) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestEnd: the caller's and the sink's reasons come back as they are.
func TestEnd(t *testing.T) {
	info := torrent(t, "d", 1<<18, file{"a", 1 << 20, false}, file{"b", 1 << 20, false}, file{"c", 1 << 20, false})
	files, _ := content(info)
	s := serve(t, info, static(files))
	why := errors.New("enough")
	got := newSink(info)
	got.hook = func(context.Context, int) error { return why }
	if err := s.Fetch(t.Context(), []Span{{0, 3 << 20}}, got); err != why {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	got = newSink(info)
	got.hook = func(ctx context.Context, _ int) error { cancel(why); <-ctx.Done(); return context.Cause(ctx) }
	if err := s.Fetch(ctx, []Span{{0, 3 << 20}}, got); err != why {
		t.Error(err)
	}
}

func BenchmarkFetch(b *testing.B) {
	const size = 64 << 20
	info := torrent(b, "x", 1<<20, file{"x", size, false})
	files, _ := content(info)
	s := serve(b, info, static(files))
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Fetch(b.Context(), []Span{{0, size}}, discard{make([]byte, 16<<10)}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{ b []byte }

func (d discard) Room(_, most int64) []byte            { return d.b[:min(most, int64(len(d.b)))] }
func (discard) Came(context.Context, int64, int) error { return nil }
func (discard) Passed(context.Context, int) error      { return nil }
