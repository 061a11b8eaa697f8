//go:build interop

package interop

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// meeting is three hosts: one knows the other two and tells them of each other.
type meeting struct {
	t                   *testing.T
	ctx                 context.Context
	middle, left, right *lab.Host
	tor                 lab.Torrent
}

// newMeeting has a client seed in the middle, so slowly that the others are not done before they meet.
func newMeeting(t *testing.T, middle lab.Client) *meeting {
	t.Helper()
	middle.Need(t)
	lab.Libtorrent{}.Need(t)
	lab.Shoal{}.Need(t)
	net := lab.NewNet(t, 3)
	m := &meeting{t: t, ctx: lab.Within(t, 3*time.Minute), middle: net.Hosts[0], left: net.Hosts[1], right: net.Hosts[2]}
	m.tor = lab.Shoal{}.Create(m.middle, lab.WriteFile(t, filepath.Join(m.middle.Dir, "content"), "slow.bin", 32<<20))
	slowly := map[lab.Client][]string{
		lab.Shoal{}:        {"--up", "100k"},
		lab.Libtorrent{}:   {"--up", "100000"},
		lab.Transmission{}: {"pex-enabled=true", "speed-limit-up-enabled=true", "speed-limit-up=100"},
	}
	job := lab.Job{Source: m.tor.File, Dir: filepath.Dir(m.tor.Content), Extra: slowly[middle]}
	if err := middle.Seed(m.middle, job).Complete(m.ctx); err != nil {
		t.Fatal(err)
	}
	return m
}

// get has a client fetch from the one in the middle.
func (m *meeting) get(c lab.Client, h *lab.Host, extra ...string) *lab.Peer {
	return c.Get(h, lab.Job{
		Source: m.tor.File, Dir: filepath.Join(h.Dir, "got"), Extra: extra,
		Peers: []string{fmt.Sprintf("%s:%d", m.middle.Addr, lab.Port)},
	})
}

// sees waits until libtorrent is connected to a host, in a way that match accepts.
func (m *meeting) sees(p *lab.Peer, h *lab.Host, match func(lab.LibtorrentPeer) bool) {
	m.t.Helper()
	began := time.Now()
	s, err := lab.Libtorrent{}.Status(m.ctx, p.Process, func(s lab.LibtorrentStatus) bool {
		return slices.ContainsFunc(s.With, func(q lab.LibtorrentPeer) bool { return strings.HasPrefix(q.Addr, h.Addr+":") && match(q) })
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Logf("after %v: %+v", time.Since(began).Round(time.Millisecond), s.With)
}

func incoming(p lab.LibtorrentPeer) bool { return p.Is("incoming") }

func from(source string) func(lab.LibtorrentPeer) bool {
	return func(p lab.LibtorrentPeer) bool { return p.From(source) }
}

// Two that know a third are told of each other (BEP 11). Whoever is not to learn of the other has it switched off, so that it
// is clear who found whom.
func TestPEX(t *testing.T) {
	t.Parallel()
	for _, middle := range []lab.Client{lab.Shoal{}, lab.Libtorrent{}, lab.Transmission{}} {
		t.Run(middle.Name()+" tells shoal", func(t *testing.T) {
			t.Parallel()
			m := newMeeting(t, middle)
			theirs := m.get(lab.Libtorrent{}, m.right, "--no-pex")
			m.sees(theirs, m.middle, func(lab.LibtorrentPeer) bool { return true })
			m.get(lab.Shoal{}, m.left)
			m.sees(theirs, m.left, incoming)
		})
	}
	t.Run("shoal tells libtorrent", func(t *testing.T) {
		t.Parallel()
		m := newMeeting(t, lab.Shoal{})
		m.get(lab.Shoal{}, m.left, "--no-pex")
		m.sees(m.get(lab.Libtorrent{}, m.right), m.left, from("pex"))
	})
	t.Run("shoal tells libtorrent of who comes later", func(t *testing.T) {
		t.Parallel()
		m := newMeeting(t, lab.Shoal{})
		theirs := m.get(lab.Libtorrent{}, m.right)
		m.sees(theirs, m.middle, func(lab.LibtorrentPeer) bool { return true })
		m.get(lab.Shoal{}, m.left, "--no-pex")
		m.ctx = lab.Within(t, 30*time.Second) // the first message need not wait for a minute to pass
		m.sees(theirs, m.left, from("pex"))
	})
	t.Run("shoal tells transmission", func(t *testing.T) {
		t.Parallel()
		shoalTellsTransmission(t)
	})
}

// shoalTellsTransmission has shoal dial both, as Transmission takes no peer's address.
func shoalTellsTransmission(t *testing.T) {
	lab.Transmission{}.Need(t)
	lab.Shoal{}.Need(t)
	net := lab.NewNet(t, 3)
	middle, left, right := net.Hosts[0], net.Hosts[1], net.Hosts[2]
	ctx := lab.Within(t, 3*time.Minute)
	tor := lab.Shoal{}.Create(middle, lab.WriteFile(t, filepath.Join(middle.Dir, "content"), "slow.bin", 32<<20))
	job := func(h *lab.Host) lab.Job { return lab.Job{Source: tor.File, Dir: filepath.Join(h.Dir, "got")} }
	theirs := job(right)
	theirs.Extra = []string{"pex-enabled=true"}
	lab.Transmission{}.Get(right, theirs)
	ours := job(left)
	ours.Extra = []string{"--no-pex"}
	lab.Shoal{}.Get(left, ours)
	lab.Shoal{}.Get(middle, lab.Job{ // it has everything
		Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--up", "100k", "--seed"},
		Peers: []string{fmt.Sprintf("%s:%d", left.Addr, lab.Port), fmt.Sprintf("%s:%d", right.Addr, lab.Port)},
	})
	v, err := lab.Transmission{}.View(ctx, right, func(v lab.TransmissionView) bool {
		_, there := v.Peer(left.Addr)
		return there && v.From.PEX > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(v)
}

// In one network two find each other without knowing anybody (BEP 14). Who comes second announces, and who was there
// hears it and connects.
func TestLSD(t *testing.T) {
	t.Parallel()
	const ours = "--no-lsd=false"
	t.Run("shoal hears libtorrent", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, lab.Libtorrent{})
		l.get(lab.Shoal{}, ours)
		l.meets(l.seed(lab.Libtorrent{}, "--lsd", "--up", "2000000"), incoming)
	})
	t.Run("libtorrent hears shoal", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, lab.Libtorrent{})
		theirs := l.get(lab.Libtorrent{}, "--lsd")
		l.seed(lab.Shoal{}, ours, "--up", "2M") // so that it is seen at work
		l.meets(theirs, from("lsd"))
	})
	t.Run("libtorrent hears libtorrent", func(t *testing.T) { // the rig
		t.Parallel()
		l := newLocal(t, lab.Libtorrent{})
		theirs := l.get(lab.Libtorrent{}, "--lsd")
		l.seed(lab.Libtorrent{}, "--lsd", "--up", "2000000")
		l.meets(theirs, from("lsd"))
	})
	t.Run("shoal hears transmission", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, lab.Transmission{})
		p := l.get(lab.Shoal{}, ours)
		l.seed(lab.Transmission{}, "lpd-enabled=true")
		if err := p.Complete(l.ctx); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("transmission hears shoal", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, lab.Transmission{})
		p := l.get(lab.Transmission{}, "lpd-enabled=true")
		l.seed(lab.Shoal{}, ours)
		if err := p.Complete(l.ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// local is two hosts in one network.
type local struct {
	t             *testing.T
	ctx           context.Context
	first, second *lab.Host
	tor           lab.Torrent
}

func newLocal(t *testing.T, other lab.Client) *local {
	t.Helper()
	other.Need(t)
	lab.Shoal{}.Need(t)
	net := lab.NewNet(t, 2)
	l := &local{t: t, ctx: lab.Within(t, 2*time.Minute), first: net.Hosts[0], second: net.Hosts[1]}
	l.tor = lab.Shoal{}.Create(l.second, lab.WriteFile(t, filepath.Join(l.second.Dir, "content"), "nearby.bin", 4<<20))
	return l
}

// get has a client look for the torrent, and lets it go unheard for a moment.
func (l *local) get(c lab.Client, extra ...string) *lab.Peer {
	p := c.Get(l.first, lab.Job{Source: l.tor.File, Dir: filepath.Join(l.first.Dir, "got"), Extra: extra})
	sent := l.first.Capture("eth0")
	sent.For(l.t, 3*time.Second)
	return p
}

func (l *local) seed(c lab.Client, extra ...string) *lab.Peer {
	return c.Seed(l.second, lab.Job{Source: l.tor.File, Dir: filepath.Dir(l.tor.Content), Extra: extra})
}

// meets waits until libtorrent has a connection that match accepts.
func (l *local) meets(p *lab.Peer, match func(lab.LibtorrentPeer) bool) {
	l.t.Helper()
	began := time.Now()
	s, err := lab.Libtorrent{}.Status(l.ctx, p.Process, func(s lab.LibtorrentStatus) bool { return slices.ContainsFunc(s.With, match) })
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Logf("after %v: %+v", time.Since(began).Round(time.Millisecond), s.With)
}
