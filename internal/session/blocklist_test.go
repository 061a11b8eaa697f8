package session

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// Whoever is on the list is neither dialled nor let in; a list that is taken away is forgotten at once.
func TestBlocklist(t *testing.T) {
	list, err := network.ReadBlocklist(strings.NewReader("loopback:127.0.0.0-127.255.255.255"))
	if err != nil {
		t.Fatal(err)
	}
	src, dst := t.TempDir(), t.TempDir()
	m := content(t, src, 1<<20)
	seeder := start(t)
	add(t, seeder, AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true})
	seeder.SetBlocklist(list)
	at := "127.0.0.1:" + strings.TrimPrefix(seeder.listen.TCP[0].Addr().String(), "127.0.0.1:")

	getter := start(t)
	getter.SetBlocklist(list)
	tor := add(t, getter, AddOptions{Metainfo: m, Dir: dst, Peers: []string{at}})
	waitFails := func() {
		t.Helper()
		late := time.After(20 * time.Second)
		for tor.Stats().Known == 0 || tor.Stats().Connecting > 0 {
			select {
			case <-late:
				t.Fatal("the peer was never tried")
			case <-time.After(10 * time.Millisecond):
			}
		}
		if s := tor.Stats(); s.Peers != 0 || s.Done != 0 {
			t.Errorf("blocked, and yet %+v", s)
		}
	}
	waitFails()
	getter.SetBlocklist(nil) // now it dials, and is not let in
	waitFails()
	seeder.SetBlocklist(nil)
	select {
	case <-tor.Done():
	case <-time.After(60 * time.Second):
		t.Fatalf("not let in: %+v", tor.Stats())
	}
	if err := tor.Err(); err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
}
