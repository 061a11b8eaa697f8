package utp

import (
	"bytes"
	"crypto/sha256"

	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stream is the content of a transfer of so many bytes.
func stream(seed byte, size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{seed}), size)
}

// exchange sends size bytes both ways at once, and checks them. It returns how long each way took.
func exchange(t *testing.T, size int64, conns ...net.Conn) []time.Duration {
	t.Helper()
	start := time.Now()
	took := make([]time.Duration, len(conns))
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			if n, err := io.CopyBuffer(struct{ io.Writer }{c}, stream(byte(i), size), make([]byte, 32<<10)); n != size || err != nil {
				t.Errorf("%d: wrote %d of %d bytes: %v", i, n, size, err)
			}
		})
		wg.Go(func() {
			from := byte(i ^ 1)
			want, got := sha256.New(), sha256.New()
			n, err := io.CopyBuffer(got, struct{ io.Reader }{io.LimitReader(c, size)}, make([]byte, 64<<10))
			if n != size || err != nil {
				t.Errorf("%d: read %d of %d bytes: %v", i, n, size, err)
				return
			}
			took[from] = time.Since(start)
			if _, err := io.Copy(want, stream(from, size)); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(want.Sum(nil), got.Sum(nil)) {
				t.Errorf("%d: the bytes are not those that were sent", i)
			}
		})
	}
	wg.Wait()
	return took
}

func TestTransfer(t *testing.T) {
	const ms = time.Millisecond
	size := int64(64 << 20)
	if raceEnabled {
		size = 8 << 20
	}
	tests := []struct {
		name    string
		size    int64
		path    path
		atLeast int // bytes a second
	}{
		{"delay", size / 2, path{delay: 10 * ms}, 10e6},
		{"loss", size / 4, path{delay: 25 * ms, loss: 0.01}, 500e3},
		{"loss, overtaking and doubles", size, path{delay: 50 * ms, loss: 0.01, jitter: 20 * ms, late: 0.02, double: 0.01}, 200e3},
		{"heavy loss", 1 << 20, path{delay: 25 * ms, loss: 0.1}, 10e3},
		{"overtaking", size / 8, path{delay: 20 * ms, jitter: 5 * ms, late: 0.5}, 1e6},
		{"bottleneck", size / 4, path{delay: 20 * ms, rate: 2e6, deep: 1 << 20}, 1.8e6},
		{"shallow bottleneck", size / 4, path{delay: 20 * ms, rate: 2e6, deep: 30e3}, 1.5e6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire(tt.path)
				a, b := pair(t, w)
				ca, cb := connect(t, a, b)
				for i, d := range exchange(t, tt.size, ca, cb) {
					rate := float64(tt.size) / d.Seconds()
					sent, count := w.ends[[]*Mux{a, b}[i].conn.(*end).addr].traffic()
					t.Logf("way %d: %.0f KB/s, %d packets, overhead %.1f %%", i, rate/1e3, count, 100*float64(sent-int(tt.size))/float64(tt.size))
					if rate < float64(tt.atLeast) && !raceEnabled { // a short transfer is slow
						t.Errorf("way %d: %.0f bytes/s, want %d", i, rate, tt.atLeast)
					}
				}
			})
		})
	}
}
