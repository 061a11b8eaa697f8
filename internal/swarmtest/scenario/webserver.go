package scenario

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
	"github.com/shoal-project/shoal/internal/webseed"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// WebServer is an HTTP server on a host of its own that has the content of the world.
type WebServer struct {
	Host *simnet.Host
	Sent atomic.Int64 // bytes of content

	world *World
	http  *http.Server
	over  chan struct{}
}

// StartWeb adds a server that sends up bytes a second; 0 is unlimited.
func (w *World) StartWeb(up int64) *WebServer {
	w.T.Helper()
	w.hosts++
	addr := netip.AddrFrom4([4]byte{10, byte(w.hosts >> 16), byte(w.hosts >> 8), byte(w.hosts)})
	h, err := w.Net.AddHost(addr, simnet.HostOptions{Up: up / w.Scale})
	if err != nil {
		w.T.Fatal(err)
	}
	l, err := h.Listen(80)
	if err != nil {
		w.T.Fatal(err)
	}
	s := &WebServer{Host: h, world: w, over: make(chan struct{})}
	s.http = &http.Server{Handler: s}
	go func() {
		defer close(s.over)
		s.http.Serve(l) //nolint:errcheck // it ends with Close
	}()
	return s
}

// ServeHTTP gives the content under any path.
func (s *WebServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	size := s.world.Content.Info.Length
	http.ServeContent(w, r, "", time.Time{}, &reading{io.NewSectionReader(contentAt{s.world.Content}, 0, size), &s.Sent})
}

// reading counts what is read.
type reading struct {
	*io.SectionReader
	sent *atomic.Int64
}

func (r *reading) Read(b []byte) (int, error) {
	n, err := r.SectionReader.Read(b)
	r.sent.Add(int64(n))
	return n, err
}

// contentAt makes the content an io.ReaderAt.
type contentAt struct{ c *Content }

func (a contentAt) ReadAt(b []byte, off int64) (int, error) {
	a.c.fill(b, off)
	return len(b), nil
}

// Close ends the server and its connections.
func (s *WebServer) Close() {
	s.http.Close()
	<-s.over
}

// seeds are what a peer uses: this server, through its own host.
func (s *WebServer) seeds(from *simnet.Host) func(*metainfo.Info) []swarm.WebSeed {
	return func(info *metainfo.Info) []swarm.WebSeed {
		dial := func(ctx context.Context, _, addr string) (net.Conn, error) {
			to, err := netip.ParseAddrPort(addr)
			if err != nil {
				return nil, err
			}
			return from.Dial(ctx, to)
		}
		// The connection goes with the server: nothing of it is left when the world is closed.
		client := &http.Client{Transport: &http.Transport{DialContext: dial, IdleConnTimeout: time.Second}}
		w, err := webseed.New(webseed.Config{URL: "http://" + s.Host.Addr().String() + ":80/", Info: info, HTTP: client})
		if err != nil {
			s.world.T.Error(err)
			return nil
		}
		return []swarm.WebSeed{w}
	}
}
