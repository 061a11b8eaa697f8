//go:build interop

package interop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Twenty machines with the same manifest fetch a release from one web server with a slow line. What one has got the
// others get from it: the server sends little more than the release once.
func TestFleet(t *testing.T) {
	const (
		machines = 20
		size     = 128 << 20
		line     = 8 << 20 // bytes a second that the origin may send
		most     = 1.3     // copies
	)
	shoal := lab.Shoal{}
	shoal.Need(t)
	lab.NeedNginx(t)
	lab.NeedShaping(t)
	net := lab.NewNet(t, machines+1)
	origin, fleet := net.Hosts[0], net.Hosts[1:]
	content := lab.WriteFile(t, filepath.Join(origin.Dir, "www"), "release.bin", size)
	tor := shoal.Create(origin, content)
	log := origin.Nginx(lab.Within(t, 10*time.Second), filepath.Dir(content))
	origin.LimitRate(line)

	manifest := fmt.Sprintf(`
[defaults]
dir = "release"
web-seed = "%[1]s"
seed = { time = "10m" }

[[torrent]]
source = "%[1]srelease.bin.torrent"
labels = ["release"]
`, origin.WebURL())
	ctx := lab.Within(t, 240*time.Second)
	began := time.Now()
	took := make([]time.Duration, machines)
	var work sync.WaitGroup
	for i, h := range fleet {
		work.Go(func() { took[i] = apply(ctx, t, h, manifest, began) })
	}
	work.Wait()
	if t.Failed() {
		return
	}
	for _, h := range fleet {
		if err := lab.Same(filepath.Dir(content), filepath.Join(h.Dir, "release"), torrentFile(tor)); err != nil {
			t.Errorf("%s: %v", h.Addr, err)
		}
	}
	_, sent, wrong := readAccessLog(t, log)
	copies := float64(sent) / size
	slowest := took[0]
	for _, d := range took {
		slowest = max(slowest, d)
	}
	t.Logf("%d machines in %v (once over the line takes %v); the origin sent %.2f copies", machines, slowest.Round(time.Millisecond),
		(size / line * time.Second).Round(time.Millisecond), copies)
	if copies > most {
		t.Errorf("the origin sent %.2f copies, more than %.1f", copies, most)
	}
	if wrong > 0 {
		t.Errorf("%d requests were refused", wrong)
	}
}

// apply runs the manifest on a machine, and returns when everything was there.
func apply(ctx context.Context, t *testing.T, h *lab.Host, manifest string, began time.Time) time.Duration {
	dir := filepath.Join(h.Dir, "release")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Error(err)
		return 0
	}
	path := filepath.Join(h.Dir, "fleet.toml")
	if err := os.WriteFile(path, []byte(manifest), 0o644); err != nil {
		t.Error(err)
		return 0
	}
	p := h.Start(lab.Shoal{}.Binary(), "apply", "--json", "--no-dht", "--no-port-map", path)
	if _, err := (lab.Shoal{}).Event(ctx, p, "complete"); err != nil {
		t.Errorf("%s: %v", h.Addr, err)
	}
	return time.Since(began)
}
