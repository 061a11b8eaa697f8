package simnet

import (
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

const mb = 1_000_000

// pour writes without end until the connection breaks.
func pour(c *Conn) {
	b := make([]byte, 128<<10)
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// measure reads for d and returns bytes a second.
func measure(c *Conn, d time.Duration) float64 {
	c.SetReadDeadline(time.Now().Add(d))
	n, _ := io.Copy(io.Discard, struct{ io.Reader }{c})
	return float64(n) / d.Seconds()
}

func TestOneStreamFillsItsPath(t *testing.T) {
	for _, x := range []struct {
		up, down int64
		p        Path
		min, max float64 // of the mean over five seconds, MB/s
	}{
		{10 * mb, 0, Path{}, 9.9, 10.1},
		{0, 10 * mb, Path{}, 9.8, 10.1},
		{20 * mb, 5 * mb, Path{Delay: 10 * time.Millisecond}, 4.8, 5.1},
		{40 * mb, 40 * mb, Path{Delay: 25 * time.Millisecond}, 36, 40.1},
		{0, 0, Path{Delay: 100 * time.Millisecond}, 25, 42},                          // window over round trip
		{10 * mb, 10 * mb, Path{Delay: 25 * time.Millisecond, Loss: 0.01}, 0.2, 0.6}, // 1460/0.05*1.22/sqrt(0.01) = 0.36
		{1000, 0, Path{}, 0.0005, 0.0011},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := two(t, x.p, HostOptions{Up: x.up, Down: x.down})
			go pour(a)
			got := measure(b, 5*time.Second) / mb
			a.Close()
			b.Close()
			if got < x.min || got > x.max {
				t.Errorf("up %d, down %d, %+v: %.4f MB/s", x.up, x.down, x.p, got)
			}
			synctest.Wait()
		})
	}
}

// Streams through one uplink, and through one downlink, get about the same share.
func TestStreamsShareALink(t *testing.T) {
	for _, down := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			n := New(1, Options{})
			n.SetUsualPath(Path{Delay: 20 * time.Millisecond})
			hub := host(t, n, 100, HostOptions{Up: 2 * mb, Down: 2 * mb})
			var rates [10]float64
			for i := range rates {
				a, b := join(t, hub, host(t, n, i, HostOptions{}))
				if down {
					a, b = b, a
				}
				go pour(a)
				go func() {
					measure(b, 5*time.Second)
					rates[i] = measure(b, 20*time.Second) / (0.2 * mb) // of its share
					a.Close()
					b.Close()
				}()
			}
			time.Sleep(30 * time.Second)
			synctest.Wait()
			sum := 0.0
			for _, r := range rates {
				sum += r
				if math.Abs(r-1) > 0.5 {
					t.Errorf("down %v: a stream gets %.2f of its share", down, r)
				}
			}
			if sum < 9.5 || sum > 10.5 {
				t.Errorf("down %v: %.2f shares of 10 in all", down, sum)
			}
		})
	}
}

// A slow and distant sender does not hold up others at the same downlink.
func TestSlowSenderHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		n.SetUsualPath(Path{Delay: 20 * time.Millisecond})
		hub := host(t, n, 100, HostOptions{Down: 10 * mb})
		slow, fromSlow := join(t, host(t, n, 1, HostOptions{Up: 1000}), hub)
		fast, fromFast := join(t, host(t, n, 2, HostOptions{Up: 20 * mb}), hub)
		go pour(slow)
		go pour(fast)
		go io.Copy(io.Discard, fromSlow)
		if got := measure(fromFast, 20*time.Second) / mb; got < 9.5 {
			t.Errorf("%.2f MB/s of 10", got)
		}
		for _, c := range []*Conn{slow, fast, fromSlow, fromFast} {
			c.Close()
		}
	})
}

func TestSetRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: time.Millisecond}, HostOptions{Up: 10_000})
		go pour(a)
		if got := measure(b, 10*time.Second); got > 10_000 {
			t.Errorf("%.0f bytes/s of 10000", got)
		}
		a.out.from.SetRates(5*mb, 0)
		if got := measure(b, 10*time.Second) / mb; got < 4.9 {
			t.Errorf("%.2f MB/s of 5", got)
		}
		a.Close()
		b.Close()
	})
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	run := func(seed uint64) (got float64) {
		synctest.Test(t, func(t *testing.T) {
			n := New(seed, Options{})
			n.SetUsualPath(Path{Delay: 20 * time.Millisecond, Loss: 0.005})
			a, b := join(t, host(t, n, 1, HostOptions{Up: mb}), host(t, n, 2, HostOptions{}))
			go pour(a)
			got = measure(b, 10*time.Second)
			a.Close()
			b.Close()
		})
		return got
	}
	if a, b, c := run(1), run(1), run(2); a != b || a == c {
		t.Errorf("%.0f and %.0f with one seed, %.0f with another", a, b, c)
	}
}

// BenchmarkThousandHosts moves 256 KiB along each of 2,000 connections of 1,000 hosts: 500 MiB.
func BenchmarkThousandHosts(b *testing.B) {
	for b.Loop() {
		benchmarkHosts(b, 1000, 256<<10)
	}
}
