//go:build interop

package interop

import (
	"testing"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// The other clients among themselves: where this fails, the rig is at fault and not our program.
func TestRig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seeder, getter lab.Client
		from           source
	}{
		{lab.Libtorrent{}, lab.Transmission{}, byMagnet},
		{lab.Transmission{}, lab.Aria2{}, byTorrentUDP},
		{lab.Aria2{}, lab.Libtorrent{}, byTorrentHTTP},
	} {
		t.Run(c.seeder.Name()+" to "+c.getter.Name(), func(t *testing.T) {
			t.Parallel()
			transfer(t, c.seeder, c.getter, c.from, folder)
		})
	}
}
