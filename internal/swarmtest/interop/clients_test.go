//go:build interop

package interop

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const (
	seedHost = iota // of the hosts of a net
	getHost
)

// source is how the getter learns of the torrent.
type source string

const (
	byTorrentHTTP source = "torrent over HTTP tracker"
	byTorrentUDP  source = "torrent over UDP tracker"
	byMagnet      source = "magnet"
)

func (s source) scheme() string {
	if s == byTorrentUDP {
		return "udp"
	}
	return "http"
}

// maker makes content and returns its path.
type maker func(t testing.TB, dir string) string

func folder(t testing.TB, dir string) string {
	return lab.WriteFolder(t, dir, "Παράδειγμα folder 例")
}

func bigFile(t testing.TB, dir string) string {
	return lab.WriteFile(t, dir, "quarter-gigabyte.bin", 256<<20)
}

// transfer has one client seed and another fetch, who meet through a tracker, and compares what came
// over with what was sent.
func transfer(t *testing.T, seeder, getter lab.Client, from source, content maker) {
	t.Helper()
	seeder.Need(t)
	getter.Need(t)
	lab.NeedTracker(t)
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 2)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]

	tor := create(seed, seeder, content(t, filepath.Join(seed.Dir, "content")), net.Bridge.TrackerURL(from.scheme()))
	tracker := net.Bridge.Tracker(lab.Within(t, 10*time.Second), tor)
	job := lab.Job{Source: tor.File, UDP: from == byTorrentUDP, Dir: filepath.Dir(tor.Content)}
	ctx := lab.Within(t, 100*time.Second) // Transmission gives some 9 MiB a second

	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatalf("%s did not get to seeding: %v", seeder.Name(), err)
	}
	if err := tracker.Seeds(ctx, tor, 1); err != nil {
		t.Fatalf("%s did not announce: %v", seeder.Name(), err)
	}
	if from == byMagnet {
		job.Source = tor.Magnet
	}
	job.Dir = filepath.Join(get.Dir, "got")
	began := time.Now()
	p := getter.Get(get, job)
	if err := p.Complete(ctx); err != nil {
		t.Fatalf("%s did not complete: %v", getter.Name(), err)
	}
	t.Logf("%s -> %s by %s: %v", seeder.Name(), getter.Name(), from, time.Since(began).Round(time.Millisecond))
	p.Stop() // what it keeps in memory is on disk then
	made := torrentFile(tor)
	err := lab.Same(filepath.Dir(tor.Content), job.Dir, func(name string, size int64) bool {
		return made(name, size) || size == 0 && getter == lab.Client(lab.Transmission{}) // it makes no empty files
	})
	if err != nil {
		t.Errorf("%s got something else: %v", getter.Name(), err)
	}
}

// create has our own program make the torrents that it seeds, and libtorrent all others.
func create(h *lab.Host, seeder lab.Client, content string, trackers ...string) lab.Torrent {
	if ours, ok := seeder.(lab.Shoal); ok {
		return ours.Create(h, content, trackers...)
	}
	return lab.Libtorrent{}.Create(h, content, 0, trackers...)
}

// torrentFile is for lab.Same: the .torrent lies beside the content that was sent and is no part of it.
func torrentFile(tor lab.Torrent) func(string, int64) bool {
	return func(name string, _ int64) bool { return name == filepath.Base(tor.File) }
}
