package webseed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// answer is a body that is being read.
type answer struct {
	file  int
	pos   int64 // in the file: the next byte that the body gives
	end   int64 // where the body ends
	body  io.ReadCloser
	ctx   context.Context // of the request
	stop  context.CancelCauseFunc
	stall *time.Timer // ends the request
	limit time.Duration
	left  time.Duration // of the server's time, until it has sent more
}

// follow lets the request end with ctx until the function that it returns is called.
func (a *answer) follow(ctx context.Context) (done func() bool) {
	return context.AfterFunc(ctx, func() { a.stop(context.Cause(ctx)) })
}

func (a *answer) close() {
	a.stall.Stop()
	a.stop(context.Canceled)
	if a.body != nil {
		a.body.Close()
	}
}

// open gives an answer that holds the bytes of w, at or behind its position.
func (s *Server) open(ctx context.Context, file int, w wanted) (*answer, error) {
	if a := s.take(file, w); a != nil {
		return a, nil
	}
	req, err := http.NewRequest(http.MethodGet, place(s.base, s.cfg.Info, file).String(), nil)
	if err != nil {
		return nil, fault(ServerUnusable, "it has a URL that cannot be asked for")
	}
	req.Header.Set("Accept-Encoding", "identity") // ranges are of the file, not of a compressed form
	if s.cfg.Agent != "" {
		req.Header.Set("User-Agent", s.cfg.Agent)
	}
	if !w.whole() {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", w.off, w.off+w.n-1))
	}
	a := &answer{file: file, limit: s.cfg.Stall, left: s.cfg.Stall}
	a.ctx, a.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	a.stall = time.AfterFunc(a.limit, func() { a.stop(errStalled) })
	defer a.follow(ctx)()
	resp, err := s.cfg.HTTP.Do(req.WithContext(a.ctx)) //nolint:bodyclose // a.close closes it
	a.stall.Stop()
	if err != nil {
		err = a.failed(ctx, err)
		a.close()
		return nil, err
	}
	a.body = resp.Body
	if err := s.accept(a, resp, w); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// accept looks at the header of a response.
func (s *Server) accept(a *answer, resp *http.Response, w wanted) error {
	from, to, bad := judge(resp.StatusCode, resp.Header, resp.ContentLength, w)
	if bad != nil {
		bad.File = a.file
		return bad
	}
	a.pos, a.end = from, to
	skip := w.off - from
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case skip <= maxSkip:
	case !s.inOrder:
		s.inOrder = true
		bad = fault(NoRanges, "it sends whole files only")
	case s.passed+skip > 2*s.cfg.Info.Length:
		bad = fault(FileUnusable, "it sends whole files only, and too much was received twice")
	}
	if bad != nil {
		bad.File = a.file
		return bad
	}
	return nil
}

// take gives the answer that was kept, if it can be read on to w.
func (s *Server) take(file int, w wanted) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.kept
	if a == nil || a.file != file || a.pos > w.off || w.off-a.pos > maxSkip && !s.inOrder || w.off+w.n > a.end {
		return nil
	}
	s.kept = nil
	return a
}

// keep keeps an answer for the next request, in place of the one before.
func (s *Server) keep(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil {
		s.kept.close()
	}
	s.kept = a
}

// pass reads on to offset to of the file.
func (s *Server) pass(ctx context.Context, a *answer, to int64, sink Sink) error {
	if a.pos >= to {
		return nil
	}
	s.mu.Lock()
	s.passed += to - a.pos
	s.mu.Unlock()
	buf := make([]byte, 16<<10)
	for a.pos < to {
		n, err := a.some(ctx, buf[:min(int64(len(buf)), to-a.pos)])
		if err == nil {
			err = sink.Passed(ctx, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads a part into the memory that the sink gives.
func (a *answer) read(ctx context.Context, p part, sink Sink) error {
	for p.n > 0 {
		n, err := a.some(ctx, sink.Room(p.off, p.n))
		if err == nil {
			err = sink.Came(ctx, p.off, n)
		}
		if err != nil {
			return err
		}
		p.off, p.n = p.off+int64(n), p.n-int64(n)
	}
	return nil
}

// some reads at least one byte.
func (a *answer) some(ctx context.Context, b []byte) (int, error) {
	for {
		start := time.Now()
		a.stall.Reset(a.left)
		n, err := a.body.Read(b)
		a.stall.Stop()
		// What comes buys time, so that a byte now and then holds up nobody for long.
		a.left = max(a.left-time.Since(start), 0) + a.limit*time.Duration(n)/stallBytes
		a.left = min(a.left, a.limit)
		if n > 0 {
			a.pos += int64(n)
			return n, nil // an error comes again
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, fault(Unavailable, "the file ended after %d bytes", a.pos)
		}
		if err != nil {
			return 0, a.failed(ctx, err)
		}
	}
}

// failed tells why a request ended: because it was ended, or of itself.
func (a *answer) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
	}
	return failed(err)
}
