//go:build interop

package interop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// parts makes a folder of four files, of pieces of their own but for the edges, and its torrent.
func parts(t *testing.T, h *lab.Host) lab.Torrent {
	t.Helper()
	dir := filepath.Join(h.Dir, "content")
	for i := range 4 {
		lab.WriteFile(t, dir, fmt.Sprintf("parts/part %d.bin", i), partSize+int64(i))
	}
	return lab.Shoal{}.Create(h, filepath.Join(dir, "parts"))
}

const partSize = 4 << 20

// here lists the parts in a folder that are whole.
func here(t *testing.T, tor lab.Torrent, dir string) (whole []int) {
	t.Helper()
	for i := range 4 {
		name := fmt.Sprintf("part %d.bin", i)
		want, err := os.ReadFile(filepath.Join(tor.Content, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "parts", name)); err == nil && string(got) == string(want) {
			whole = append(whole, i)
		}
	}
	return whole
}

// twoHosts are a seeder and its host's neighbour.
func twoHosts(t *testing.T) (ctx context.Context, seed, get *lab.Host) {
	t.Helper()
	lab.Shoal{}.Need(t)
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 2)
	return lab.Within(t, 60*time.Second), net.Hosts[seedHost], net.Hosts[getHost]
}

// A link that names files by so= (BEP 53) brings those: ours from libtorrent, and what shoal magnet prints with libtorrent.
func TestSelectedByLink(t *testing.T) {
	t.Parallel()
	t.Run("shoal", func(t *testing.T) {
		t.Parallel()
		ctx, seed, get := twoHosts(t)
		tor := parts(t, seed)
		if err := (lab.Libtorrent{}).Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}).Complete(ctx); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(get.Dir, "got")
		p := lab.Shoal{}.Get(get, lab.Job{Source: tor.Magnet + "&so=0,2-3", Dir: dir, Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}})
		if err := p.Complete(ctx); err != nil {
			t.Fatal(err)
		}
		if got := here(t, tor, dir); !slices.Equal(got, []int{0, 2, 3}) {
			t.Errorf("parts %v are there", got)
		}
		if _, err := os.Stat(filepath.Join(dir, "parts", "part 1.bin")); err == nil {
			t.Error("the part that was not named is there")
		}
	})
	t.Run("libtorrent", func(t *testing.T) {
		t.Parallel()
		ctx, seed, get := twoHosts(t)
		tor := parts(t, seed)
		if err := (lab.Shoal{}).Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}).Complete(ctx); err != nil {
			t.Fatal(err)
		}
		link := strings.TrimSpace(lab.Shoal{}.Run(seed, "magnet", "-s", "2,4", tor.File))
		p := lab.Libtorrent{}.Get(get, lab.Job{Source: link, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}})
		s, err := lab.Libtorrent{}.Status(ctx, p.Process, func(s lab.LibtorrentStatus) bool { return s.Metadata && s.Wanted > 0 && s.Done == s.Wanted })
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(2*partSize + 1 + 3); s.Wanted < want || s.Wanted > want+1<<20 { // it counts whole pieces
			t.Errorf("libtorrent takes %s for %d bytes, want %d", link, s.Wanted, want)
		}
	})
}

// Two partial seeds of libtorrent, which say so (BEP 21), give shoal all that there is between them.
func TestFromPartialSeeds(t *testing.T) {
	t.Parallel()
	lab.Shoal{}.Need(t)
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 4)
	whole, get := net.Hosts[0], net.Hosts[3]
	ctx := lab.Within(t, 60*time.Second)
	tor := parts(t, whole)
	seeder := lab.Shoal{}.Seed(whole, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)})
	if err := seeder.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	var peers []string
	for i, wanted := range []string{"0,1", "2,3"} {
		h := net.Hosts[1+i]
		p := lab.Libtorrent{}.Get(h, lab.Job{
			Source: tor.File, Dir: filepath.Join(h.Dir, "got"), Extra: []string{"--wanted", wanted}, Peers: []string{fmt.Sprintf("%s:%d", whole.Addr, lab.Port)},
		})
		if _, err := (lab.Libtorrent{}).Status(ctx, p.Process, func(s lab.LibtorrentStatus) bool { return s.Done > partSize && s.Done == s.Wanted }); err != nil {
			t.Fatal(err)
		}
		peers = append(peers, fmt.Sprintf("%s:%d", h.Addr, lab.Port))
	}
	seeder.Stop()
	dir := filepath.Join(get.Dir, "got")
	if err := (lab.Shoal{}).Get(get, lab.Job{Source: tor.File, Dir: dir, Peers: peers}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	if got := here(t, tor, dir); len(got) != 4 {
		t.Errorf("parts %v are there", got)
	}
}

// shoal with a part of the files says that it only uploads, and libtorrent gets that part from it.
func TestAsPartialSeed(t *testing.T) {
	t.Parallel()
	lab.Shoal{}.Need(t)
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 3)
	whole, ours, theirs := net.Hosts[0], net.Hosts[1], net.Hosts[2]
	ctx := lab.Within(t, 60*time.Second)
	tor := parts(t, whole)
	seeder := lab.Shoal{}.Seed(whole, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)})
	if err := seeder.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	p := lab.Shoal{}.Get(ours, lab.Job{
		Source: tor.File, Dir: filepath.Join(ours.Dir, "got"), Extra: []string{"-s", "2", "--seed", "--up", "2M"}, Peers: []string{fmt.Sprintf("%s:%d", whole.Addr, lab.Port)},
	})
	if _, err := (lab.Shoal{}).Event(ctx, p.Process, "complete"); err != nil {
		t.Fatal(err)
	}
	seeder.Stop()
	got := lab.Libtorrent{}.Get(theirs, lab.Job{
		Source: tor.File, Dir: filepath.Join(theirs.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", ours.Addr, lab.Port)},
	})
	_, err := lab.Libtorrent{}.Status(ctx, got.Process, func(s lab.LibtorrentStatus) bool { return len(s.With) == 1 && s.With[0].Is("upload_only") })
	if err != nil {
		t.Fatal(err)
	}
	// Pieces that it shares with other files are not there.
	if _, err := (lab.Libtorrent{}).Status(ctx, got.Process, func(s lab.LibtorrentStatus) bool { return s.Done > partSize-(1<<20) }); err != nil {
		t.Fatal(err)
	}
}

// A swarm of libtorrent peers behind a seed that shows each of them a few pieces at a time (BEP 16) gets everything, and
// the seed sends little more than everything once.
func TestSuperSeeding(t *testing.T) {
	t.Parallel()
	lab.Shoal{}.Need(t)
	lab.Libtorrent{}.Need(t)
	lab.NeedTracker(t)
	const size, leechers = 32 << 20, 5
	net := lab.NewNet(t, 1+leechers)
	seed := net.Hosts[0]
	ctx := lab.Within(t, 100*time.Second)
	tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "super.bin", size), net.Bridge.TrackerURL("http"))
	net.Bridge.Tracker(ctx, tor)
	seeder := lab.Shoal{}.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--super-seed", "--up", "4M"}})
	if err := seeder.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var got []*lab.Peer
	for _, h := range net.Hosts[1:] {
		got = append(got, lab.Libtorrent{}.Get(h, lab.Job{Source: tor.File, Dir: filepath.Join(h.Dir, "got")}))
	}
	for i, p := range got {
		if err := p.Complete(ctx); err != nil {
			t.Fatal(err)
		}
		if err := lab.Same(filepath.Dir(tor.Content), filepath.Join(net.Hosts[1+i].Dir, "got"), torrentFile(tor)); err != nil {
			t.Error(err)
		}
	}
	took := time.Since(began)
	copies := float64(uploaded(t, seeder)) / size
	t.Logf("%d peers in %v; the seed sent %.2f copies", leechers, took.Round(time.Millisecond), copies)
	if copies > 1.4 {
		t.Errorf("the seed sent %.2f copies", copies)
	}
}
