//go:build interop

package interop

import (
	"testing"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

var others = []lab.Client{lab.Libtorrent{}, lab.Transmission{}, lab.Aria2{}}

// A folder of 300 files goes both ways between shoal and every other client, by every way to learn of it.
func TestFolder(t *testing.T) {
	t.Parallel()
	for _, from := range []source{byTorrentHTTP, byTorrentUDP, byMagnet} {
		bothWays(t, from, folder)
	}
}

func TestQuarterGigabyte(t *testing.T) {
	t.Parallel()
	bothWays(t, byTorrentHTTP, bigFile)
}

func bothWays(t *testing.T, from source, content maker) {
	for _, other := range others {
		t.Run("to "+other.Name()+" by "+string(from), func(t *testing.T) {
			t.Parallel()
			transfer(t, lab.Shoal{}, other, from, content)
		})
		t.Run("from "+other.Name()+" by "+string(from), func(t *testing.T) {
			t.Parallel()
			transfer(t, other, lab.Shoal{}, from, content)
		})
	}
}
