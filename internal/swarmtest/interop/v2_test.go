//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Torrents of v2 and of both kinds go both ways between shoal and libtorrent, by file and by magnet link. By
// magnet, the piece layers of a v2 torrent come from the other side too.
func TestV2(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"v2", "hybrid"} {
		for _, way := range []struct{ seeder, getter lab.Client }{
			{lab.Shoal{}, lab.Libtorrent{}}, {lab.Libtorrent{}, lab.Shoal{}},
		} {
			for _, magnet := range []bool{false, true} {
				name := fmt.Sprintf("%s %s to %s magnet %t", format, way.seeder.Name(), way.getter.Name(), magnet)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					transferV2(t, way.seeder, way.getter, format, magnet)
				})
			}
		}
	}
}

func transferV2(t *testing.T, seeder, getter lab.Client, format string, magnet bool) {
	t.Helper()
	seeder.Need(t)
	getter.Need(t)
	net := lab.NewNet(t, 2)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]
	tor := lab.Torrent{Content: folder(t, filepath.Join(seed.Dir, "content"))}
	tor.File = tor.Content + ".torrent"
	shoal := lab.Shoal{}
	shoal.Run(seed, "create", tor.Content, "--format", format, "--piece-length", "16KiB", "--output", tor.File)
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}
	ctx := lab.Within(t, 60*time.Second)
	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatalf("%s did not get to seeding: %v", seeder.Name(), err)
	}
	if magnet {
		job.Source = strings.TrimSpace(shoal.Run(seed, "magnet", tor.File))
	}
	job.Dir, job.Peers = filepath.Join(get.Dir, "got"), []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}
	p := getter.Get(get, job)
	if err := p.Complete(ctx); err != nil {
		t.Fatalf("%s did not complete: %v", getter.Name(), err)
	}
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Errorf("%s got something else: %v", getter.Name(), err)
	}
}
