package session

import (
	"fmt"
	"path/filepath"
	"testing"
)

// A seed that shows its pieces one by one gives everybody everything, with one peer and with several, and sends
// little more than one copy.
func TestSuperSeed(t *testing.T) {
	for _, n := range []int{1, 3} {
		src := t.TempDir()
		const size = 6 << 20
		m := content(t, src, size)
		s := start(t)
		s.SetLimits(0, 8<<20) // so that it is not done before anybody has given anything on
		ready := make(chan struct{})
		first := add(t, s, AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true, SuperSeed: true, OnEvent: func(e Event) {
			if e.Kind == Seeding {
				close(ready)
			}
		}})
		<-ready
		addrs := []string{fmt.Sprintf("127.0.0.1:%d", s.Port())}
		complete := make(chan struct{}, n)
		var dirs []string
		for range n {
			dirs = append(dirs, t.TempDir())
			l := start(t)
			add(t, l, AddOptions{Metainfo: m, Dir: dirs[len(dirs)-1], Peers: addrs, Keep: true, OnEvent: func(e Event) {
				if e.Kind == Complete {
					complete <- struct{}{}
				}
			}})
			addrs = append(addrs, fmt.Sprintf("127.0.0.1:%d", l.Port()))
		}
		for range n {
			<-complete
		}
		if up := first.Stats().Uploaded; float64(up) > 1.3*size {
			t.Errorf("with %d peers it sent %d bytes for %d", n, up, size)
		}
		for _, d := range dirs {
			same(t, filepath.Join(src, "data.bin"), filepath.Join(d, "data.bin"))
		}
	}
}
