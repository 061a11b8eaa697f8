//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Of 32 seeds every second one sends a block in twenty wrong and hangs up when it likes. The content comes whole and right, and those who
// lied are banned, nobody else.
func TestHalfTheSeedsLie(t *testing.T) {
	for _, block := range []time.Duration{0, 20 * time.Millisecond} {
		t.Run(fmt.Sprint(block, " a block"), func(t *testing.T) { amongLiars(t, block) })
	}
}

func amongLiars(t *testing.T, block time.Duration) {
	const (
		size        = 64 << 20
		pieceLength = 256 << 10
		first, last = 100, 131 // of the loopback
	)
	shoal := lab.Shoal{}
	shoal.Need(t)
	get := lab.Loopback(t, 99)
	content := lab.WriteFile(t, filepath.Join(get.Dir, "content"), "data.bin", size)
	tor := lab.Libtorrent{}.Create(get, content, pieceLength)
	data, err := os.ReadFile(content)
	if err != nil {
		t.Fatal(err)
	}
	lied := map[string]*atomic.Int64{} // blocks, by address
	var peers []string
	for i := first; i <= last; i++ {
		h := lab.Loopback(t, i)
		answer := func([]byte) bool { return true }
		if i%2 == 1 {
			lied[h.Addr] = new(atomic.Int64)
			answer = lies(uint64(i), lied[h.Addr])
		}
		s := &lab.Seeder{Data: data, PieceLength: pieceLength, InfoHash: tor.InfoHash, ID: [12]byte{byte(i)}, Answer: func(b []byte) bool {
			time.Sleep(block)
			return answer(b)
		}}
		go serveAll(h.Listen(lab.Port), s)
		peers = append(peers, fmt.Sprintf("%s:%d", h.Addr, lab.Port))
	}
	dir := filepath.Join(get.Dir, "got")
	began := time.Now()
	p := shoal.Get(get, lab.Job{Source: tor.File, Dir: dir, Peers: peers, Extra: []string{"--bind", get.Addr}})
	if err := p.Complete(lab.Within(t, 60*time.Second)); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if err := lab.Same(filepath.Dir(content), dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
	checkBans(t, p, lied)
	t.Log(took.Round(time.Millisecond))
}

// checkBans compares who was banned with who lied.
func checkBans(t *testing.T, p *lab.Peer, lied map[string]*atomic.Int64) {
	t.Helper()
	banned := map[string]bool{}
	for _, e := range (lab.Shoal{}).Events(p.Process) {
		if addr, ok := strings.CutPrefix(e.Message, "ban peer "); ok && e.Event == "warning" {
			addr, _, _ = strings.Cut(addr, ":")
			banned[addr] = true
		}
	}
	liars := 0
	for addr, blocks := range lied {
		n := blocks.Load()
		if n > 0 {
			liars++
		}
		if n > 0 && !banned[addr] {
			t.Errorf("%s sent %d wrong blocks and was not banned", addr, n)
		}
		delete(banned, addr)
	}
	for addr := range banned {
		t.Errorf("%s was banned and never lied", addr)
	}
	t.Logf("%d peers lied", liars)
}

// lies makes an answer that is wrong for a block in twenty, and the last one for a block in a hundred. The Seeder asks for it from
// several connections at once.
func lies(seed uint64, count *atomic.Int64) func([]byte) bool {
	var n atomic.Uint64
	return func(block []byte) bool {
		dice := rand.New(rand.NewPCG(seed, n.Add(1)))
		if dice.IntN(20) == 0 {
			block[dice.IntN(len(block))] ^= 0xff
			count.Add(1)
		}
		return dice.IntN(100) != 0
	}
}

// serveAll serves every connection until the listener closes.
func serveAll(l net.Listener, s *lab.Seeder) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go s.Serve(conn) //nolint:errcheck // why a connection ends says nothing here
	}
}
