//go:build interop

package interop

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/swarmtest/lab"
	"github.com/shoal-project/shoal/internal/tracker"
)

// announced is one peer as its announcer sees it.
type announced struct {
	*tracker.Announcer
	left  atomic.Int64
	mu    sync.Mutex
	found []netip.AddrPort
}

func (a *announced) has(p netip.AddrPort) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.found, p)
}

// announce runs an announcer until the test ends, and waits for the tracker's first answer.
func announce(ctx context.Context, t *testing.T, cfg tracker.Config, port uint16, left int64) *announced {
	t.Helper()
	a := new(announced)
	a.left.Store(left)
	cfg.Port = port
	copy(cfg.PeerID[:], fmt.Sprintf("-SO0000-%012d", port))
	cfg.Stats = func() tracker.Stats { return tracker.Stats{Left: a.left.Load()} }
	cfg.Found = func(some []netip.AddrPort) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.found = append(a.found, some...)
	}
	a.Announcer = tracker.New(cfg)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(context.WithoutCancel(ctx)) }()
	t.Cleanup(func() {
		a.Stop(ctx)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	err := lab.Poll(ctx, "an answer of the tracker", func() (bool, error) {
		s := a.Status()[0]
		return !s.Last.IsZero(), s.Err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A seeder and a leecher announce to opentracker, which is scraped after each of their steps.
func TestTracker(t *testing.T) {
	lab.NeedTracker(t)
	host := lab.Loopback(t, 71)
	hashes := map[string]string{"http": strings.Repeat("a1", 20), "udp": strings.Repeat("b2", 20)}
	ctx := lab.Within(t, 30*time.Second)
	host.Tracker(ctx, lab.Torrent{InfoHash: hashes["http"]}, lab.Torrent{InfoHash: hashes["udp"]})
	for scheme, hash := range hashes {
		t.Run(scheme, func(t *testing.T) {
			n, err := network.New(network.Options{})
			if err != nil {
				t.Fatal(err)
			}
			policy := network.TrackerPolicy(false)
			cfg := tracker.Config{HTTP: n.HTTPClient(policy), Net: n.Dialer(policy), Tiers: [][]string{{host.TrackerURL(scheme)}}}
			if _, err := hex.Decode(cfg.InfoHash[:], []byte(hash)); err != nil {
				t.Fatal(err)
			}
			counts := func(want tracker.Counts) {
				t.Helper()
				err := lab.Poll(ctx, fmt.Sprintf("counts of %+v", want), func() (bool, error) {
					got, err := tracker.Scrape(ctx, cfg, host.TrackerURL(scheme), cfg.InfoHash)
					if err != nil {
						return false, err
					}
					if got[0] != want {
						return false, fmt.Errorf("got %+v", got[0])
					}
					return true, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			seeder := announce(ctx, t, cfg, 4001, 0)
			leecher := announce(ctx, t, cfg, 4002, 5)
			// The tracker tells everybody the address it saw, which is on the loopback.
			if at := netip.MustParseAddrPort("127.0.0.1:4001"); !leecher.has(at) {
				t.Errorf("the leecher found %v, and not %v", leecher.found, at)
			}
			if s := leecher.Status()[0]; s.Seeders != 1 || s.Leechers != 1 {
				t.Errorf("status %+v", s)
			}
			counts(tracker.Counts{Seeders: 1, Leechers: 1, Downloaded: 0})

			leecher.left.Store(0)
			leecher.Completed()
			counts(tracker.Counts{Seeders: 2, Leechers: 0, Downloaded: 1})
			if err := seeder.Scrape(ctx); err != nil || seeder.Status()[0].Seeders != 2 || seeder.Status()[0].Downloaded != 1 {
				t.Errorf("%v, status %+v", err, seeder.Status()[0])
			}

			seeder.Stop(ctx)
			counts(tracker.Counts{Seeders: 1, Leechers: 0, Downloaded: 1})
			leecher.Stop(ctx)
			counts(tracker.Counts{Seeders: 0, Leechers: 0, Downloaded: 1})
		})
	}
}
