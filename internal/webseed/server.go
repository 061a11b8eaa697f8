package webseed

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	stallTimeout = 20 * time.Second // without a byte, or for less than stallBytes
	stallBytes   = 4 << 10
	maxLanes     = 4       // requests at once, where there are many for small files
	maxSkip      = 4 << 20 // bytes that are thrown away to get at others, where the server does not know ranges
)

// Span is a run of bytes of the piece space.
type Span struct{ Off, Len int64 }

// Sink takes the bytes that come. Its methods are called from several goroutines, of which each has a part
// of the spans.
type Sink interface {
	// Room gives memory for bytes from off on: at least one byte and at most most.
	Room(off, most int64) []byte
	// Came says that the bytes at off lie in the first n bytes of the last Room for them. It may wait to slow the
	// server down; its error ends the fetch.
	Came(ctx context.Context, off int64, n int) error
	// Passed says that n bytes were received and thrown away.
	Passed(ctx context.Context, n int) error
}

// Config is what a Server is made of.
type Config struct {
	URL   string
	Info  *metainfo.Info
	HTTP  *http.Client  // with the dial policy for web seeds
	Agent string        // User-Agent
	Stall time.Duration // how long it may be silent, or take for 4 KiB; 0: 20 s
}

// Server is one web seed of one torrent.
type Server struct {
	cfg  Config
	base *url.URL

	mu      sync.Mutex
	kept    *answer // the rest of a whole file, from a server that does not know ranges
	inOrder bool    // it does not know ranges, and who asks has been told
	passed  int64   // bytes thrown away
}

// New makes a web seed; nothing is asked yet.
func New(c Config) (*Server, error) {
	u, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	c.Stall = cmp.Or(c.Stall, stallTimeout)
	return &Server{cfg: c, base: u}, nil
}

// String names the server without what may be secret.
func (s *Server) String() string { return s.base.Scheme + "://" + s.base.Host }

// Close ends what is kept for a later Fetch.
func (s *Server) Close() { s.keep(nil) }

// Fetch gets spans, in order or, where they are in many files, some at a time. Files are asked for one by one, padding
// is made up of zeros. The error is an *Error, the sink's, or that of ctx; other spans may have come all the
// same. One Fetch at a time.
func (s *Server) Fetch(ctx context.Context, spans []Span, sink Sink) error {
	parts := split(s.cfg.Info, spans)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next  atomic.Int64
		once  sync.Once
		first error
		stop  atomic.Bool
		lanes sync.WaitGroup
	)
	work := func() {
		for !stop.Load() {
			i := int(next.Add(1)) - 1
			if i >= len(parts) {
				return
			}
			if err := s.get(ctx, parts[i], sink); err != nil {
				once.Do(func() { first = err })
				stop.Store(true)
				if _, ours := errors.AsType[*Error](err); !ours {
					cancel(err) // nobody wants the rest
				}
			}
		}
	}
	for range min(len(parts), maxLanes) - 1 {
		lanes.Go(work)
	}
	work()
	lanes.Wait()
	return first
}

// part is a run of bytes within one file.
type part struct {
	file int
	off  int64 // in the piece space
	n    int64
}

// split cuts spans where files end, and joins what is asked of one file in a row.
func split(info *metainfo.Info, spans []Span) (parts []part) {
	for _, s := range spans {
		for s.Len > 0 {
			i := info.FileAt(s.Off)
			if i < 0 {
				break
			}
			n := min(s.Len, info.Files[i].End()-s.Off)
			if k := len(parts) - 1; k >= 0 && parts[k].file == i && parts[k].off+parts[k].n == s.Off {
				parts[k].n += n
			} else {
				parts = append(parts, part{i, s.Off, n})
			}
			s.Off, s.Len = s.Off+n, s.Len-n
		}
	}
	return parts
}

// get gets one part.
func (s *Server) get(ctx context.Context, p part, sink Sink) error {
	f := &s.cfg.Info.Files[p.file]
	if f.Pad {
		return zeros(ctx, p, sink)
	}
	w := wanted{p.off - f.Offset, p.n, f.Length}
	a, err := s.open(ctx, p.file, w)
	if err != nil {
		return err
	}
	done := a.follow(ctx)
	if err = s.pass(ctx, a, w.off, sink); err == nil {
		err = a.read(ctx, p, sink)
	}
	done()
	if err == nil && a.pos < a.end {
		s.keep(a)
		return nil
	}
	a.close()
	return err
}

// zeros makes up padding (BEP 47).
func zeros(ctx context.Context, p part, sink Sink) error {
	for p.n > 0 {
		b := sink.Room(p.off, p.n)
		clear(b)
		if err := sink.Came(ctx, p.off, len(b)); err != nil {
			return err
		}
		p.off, p.n = p.off+int64(len(b)), p.n-int64(len(b))
	}
	return nil
}
