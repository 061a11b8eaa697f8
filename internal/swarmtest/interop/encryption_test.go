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

// forced are the extra arguments that make a client refuse what is not encrypted.
var forced = map[lab.Client][]string{
	lab.Libtorrent{}:   {"--encrypted"},
	lab.Transmission{}: {"encryption=2"},
}

// Who encrypts or hangs up gets all from us and gives us all, whoever connects, with each policy that allows of it.
func TestForcedEncryption(t *testing.T) {
	t.Parallel()
	for _, other := range []lab.Client{lab.Libtorrent{}, lab.Transmission{}} {
		for _, policy := range []string{"required", "preferred", "allowed"} {
			ours := []string{"--encryption", policy}
			t.Run("from "+other.Name()+" with "+policy, func(t *testing.T) {
				t.Parallel()
				encryptedTransfer(t, other, forced[other], lab.Shoal{}, ours)
			})
			t.Run("to "+other.Name()+" with "+policy, func(t *testing.T) {
				t.Parallel()
				encryptedTransfer(t, lab.Shoal{}, ours, other, forced[other])
			})
		}
	}
	t.Run("among libtorrent", func(t *testing.T) { // the rig
		t.Parallel()
		encryptedTransfer(t, lab.Libtorrent{}, forced[lab.Libtorrent{}], lab.Libtorrent{}, forced[lab.Libtorrent{}])
	})
}

// encryptedTransfer has the getter connect to the seeder, and looks at how it did where the other client tells.
func encryptedTransfer(t *testing.T, seeder lab.Client, seederExtra []string, getter lab.Client, getterExtra []string) {
	t.Helper()
	seeder.Need(t)
	getter.Need(t)
	lab.NeedTracker(t)
	net := lab.NewNet(t, 2)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]
	tor := create(seed, seeder, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "secret.bin", 8<<20), net.Bridge.TrackerURL("http"))
	ctx := lab.Within(t, 60*time.Second)
	if getter == lab.Client(lab.Transmission{}) { // it takes no peer's address
		net.Bridge.Tracker(ctx, tor)
	}
	sending := seeder.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: seederExtra})
	if err := sending.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(get.Dir, "got")
	began := time.Now()
	p := getter.Get(get, lab.Job{Source: tor.File, Dir: dir, Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}, Extra: getterExtra})
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", time.Since(began).Round(time.Millisecond))
	if seeder == lab.Client(lab.Libtorrent{}) {
		saw, err := lab.Libtorrent{}.Status(ctx, sending.Process, func(s lab.LibtorrentStatus) bool { return len(s.With) > 0 })
		if err != nil {
			t.Fatal(err)
		}
		for _, with := range saw.With {
			if t.Logf("libtorrent says %v", with.Marks); !with.Is("rc4") && !with.Is("plaintext") {
				t.Errorf("in the clear: %+v", with)
			}
		}
	}
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}

// With encryption off there is no way to a peer that insists on it, and the reason is told.
func TestEncryptionOffAgainstForced(t *testing.T) {
	t.Parallel()
	for _, other := range []lab.Client{lab.Libtorrent{}, lab.Transmission{}} {
		t.Run(other.Name(), func(t *testing.T) {
			t.Parallel()
			lab.Shoal{}.Need(t)
			other.Need(t)
			net := lab.NewNet(t, 2)
			seed, get := net.Hosts[seedHost], net.Hosts[getHost]
			tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "secret.bin", 1<<20))
			ctx := lab.Within(t, 60*time.Second)
			if err := other.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: forced[other]}).Complete(ctx); err != nil {
				t.Fatal(err)
			}
			p := lab.Shoal{}.Get(get, lab.Job{
				Source: tor.File, Dir: t.TempDir(), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)},
				Extra: []string{"--encryption", "off", "--timeout", "6s"},
			})
			code, err := p.Exit(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("code %d: %s", code, p.Tail(10))
			if code != 2 || !strings.Contains(p.Tail(10), "encrypt") {
				t.Errorf("code %d, and no word of the reason:\n%s", code, p.Tail(10))
			}
		})
	}
}
