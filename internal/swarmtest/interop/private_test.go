//go:build interop

package interop

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A torrent that says it is private is named to nobody but its trackers and peers (BEP 27), by file and, once the
// metadata is known, by magnet link; with everything on that finds peers. A public torrent shows that the count sees
// it.
func TestPrivateIsNamedToNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		private, magnet bool
	}{{"private", true, false}, {"private by magnet", true, true}, {"public", false, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			privacy(t, c.private, c.magnet)
		})
	}
}

func privacy(t *testing.T, private, magnet bool) {
	lab.Shoal{}.Need(t)
	lab.Libtorrent{}.Need(t)
	lab.NeedTracker(t)
	hosts := lab.NewNet(t, 4)
	seed, get := hosts.Hosts[seedHost], hosts.Hosts[getHost]
	ctx := lab.Within(t, 60*time.Second)
	bootstrap := privateDHT(t, hosts)
	tor := createPrivate(t, seed, private, hosts.Bridge.TrackerURL("udp"))
	hosts.Bridge.Tracker(ctx, tor)
	theirs := lab.Job{
		Source: tor.File, Dir: filepath.Dir(tor.Content),
		Extra: []string{"--lsd", "--dht-bootstrap", bootstrap, "--up", "500000"},
	}
	seeder := lab.Client(lab.Libtorrent{})
	if magnet { // libtorrent gives no metadata of a private torrent
		seeder, theirs.Extra = lab.Shoal{}, []string{"--up", "500k"}
	}
	if err := seeder.Seed(seed, theirs).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	sent := get.Capture("eth0")
	infohash, err := hex.DecodeString(tor.InfoHash)
	if err != nil {
		t.Fatal(err)
	}
	watch := func() { sent.Watch(infohash) } // LSD has it in hex
	job := lab.Job{
		Source: tor.File, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)},
		Extra: []string{"--no-lsd=false", "--dht-bootstrap", bootstrap},
	}
	if magnet {
		job.Source = tor.Magnet
	} else {
		watch()
	}
	p := lab.Shoal{}.Get(get, job)
	if magnet {
		if _, err := (lab.Shoal{}).Event(ctx, p.Process, "metadata"); err != nil {
			t.Fatal(err)
		}
		sent.For(t, time.Second) // what was on its way
		sent.Reset()
		watch()
	}
	all := sent.For(t, 6*time.Second)
	elsewhere := 0
	for to, n := range sent.Naming() {
		if to != netip.MustParseAddrPort(fmt.Sprintf("%s:%d", hosts.Bridge.Addr, lab.TrackerPort)) {
			elsewhere += n
		}
	}
	groups := all[netip.MustParseAddr("239.192.152.143")] + all[netip.MustParseAddr("ff15::efc0:988f")]
	t.Logf("%d packets elsewhere with the infohash, %d announces in the local network; %v", elsewhere, groups, sent.Naming())
	if private && elsewhere+groups > 0 {
		t.Errorf("a private torrent was named: %v, %d in the local network", sent.Naming(), groups)
	}
	if !private && (elsewhere == 0 || groups == 0) {
		t.Errorf("the count is blind: %v, %d in the local network", sent.Naming(), groups)
	}
	if done := bytesDone(p); done == 0 || !p.Running() {
		t.Errorf("%d bytes came, running %t", done, p.Running())
	}
}

// createPrivate makes 32 MiB of content and its torrent.
func createPrivate(t *testing.T, h *lab.Host, private bool, trackers ...string) lab.Torrent {
	content := lab.WriteFile(t, filepath.Join(h.Dir, "content"), "private.bin", 32<<20)
	tor := lab.Torrent{File: content + ".torrent", Content: content}
	args := []string{"create", content, "--output", tor.File, fmt.Sprintf("--private=%t", private)}
	for _, url := range trackers {
		args = append(args, "--tracker", url)
	}
	lab.Shoal{}.Run(h, args...)
	tor.Magnet = strings.TrimSpace(lab.Shoal{}.Run(h, "magnet", tor.File))
	tor.InfoHash = tor.Magnet[len("magnet:?xt=urn:btih:"):][:40]
	return tor
}

// In a private torrent peers are told of no others and believe nobody who tells them. A public one shows that both would be seen.
func TestPrivateHasNoPEX(t *testing.T) {
	t.Parallel()
	for _, private := range []bool{true, false} {
		t.Run(fmt.Sprintf("private %t", private), func(t *testing.T) {
			t.Parallel()
			privatePEX(t, private)
		})
	}
}

func privatePEX(t *testing.T, private bool) {
	lab.Shoal{}.Need(t)
	hosts := lab.NewNet(t, 3)
	ours, first, second := hosts.Hosts[0], hosts.Hosts[1], hosts.Hosts[2]
	ctx := lab.Within(t, 60*time.Second)
	tor := createPrivate(t, ours, private, "http://127.0.0.1:1/announce")
	if err := (lab.Shoal{}).Seed(ours, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	join := func(h *lab.Host, id byte) *lab.WirePeer {
		conn, err := h.Dial(ctx, "tcp", fmt.Sprintf("%s:%d", ours.Addr, lab.Port))
		if err != nil {
			t.Fatal(err)
		}
		p, err := lab.NewWirePeer(conn, tor.InfoHash, [12]byte{id})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if err := p.SendExtended(0, fmt.Sprintf("d1:md6:ut_pexi7ee1:pi%dee", 1000+int(id))); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := join(first, 1)
	dialled := make(chan struct{})
	l := second.Listen(5000)
	go accepted(l, dialled)
	its := listen(join(second, 2))
	offered := <-its // our handshake comes first
	number, ok := offeredPEX(offered)
	if ok == private {
		t.Errorf("private %t, and the handshake is %q", private, offered)
	}
	if !ok {
		number = 2 // what it is in others
	}
	addr := append(netip.MustParseAddr(second.Addr).AsSlice(), 5000>>8, 5000&0xff)
	if err := a.SendExtended(number, fmt.Sprintf("d5:added6:%s7:added.f1:\x00e", addr)); err != nil {
		t.Fatal(err)
	}
	wait := ctx
	if private {
		wait = lab.Within(t, 5*time.Second) // what must not happen has no moment
	}
	told, called := false, false
	for wait.Err() == nil && !(told && called) {
		select {
		case m := <-its:
			told = told || strings.HasPrefix(m, "\x07")
		case <-dialled:
			called, dialled = true, nil
		case <-wait.Done():
		}
	}
	if told == private || called == private {
		t.Errorf("private %t: told %t, dialled %t", private, told, called)
	}
}

// accepted closes done when somebody connects.
func accepted(l net.Listener, done chan<- struct{}) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	conn.Close()
	close(done)
}

// listen passes the extension messages on that come: the number and what follows.
func listen(p *lab.WirePeer) <-chan string {
	c := make(chan string, 100)
	go func() {
		for {
			m, err := p.Next()
			if err != nil {
				return
			}
			if m.Kind == lab.Extended {
				c <- string(m.Payload)
			}
		}
	}()
	return c
}

// offeredPEX finds the number that a handshake gives ut_pex.
func offeredPEX(handshake string) (byte, bool) {
	_, rest, ok := strings.Cut(handshake, "6:ut_pexi")
	var n int
	if !ok {
		return 0, false
	}
	if _, err := fmt.Sscanf(rest, "%de", &n); err != nil {
		return 0, false
	}
	return byte(n), n > 0
}
