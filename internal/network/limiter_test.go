package network

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterWithoutLimitLetsEverythingPass(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, l := range map[string]*Limiter{"nil": nil, "zero": new(Limiter), "made": NewLimiter(0), "negative": NewLimiter(-5)} {
		t.Run(name, func(t *testing.T) {
			if err := l.Wait(cancelled, math.MaxInt); err != nil {
				t.Errorf("Wait: %v", err)
			}
			if l.Rate() != 0 {
				t.Errorf("Rate = %d, want 0", l.Rate())
			}
			if n := testing.AllocsPerRun(100, func() { _ = l.Wait(cancelled, 16<<10) }); n != 0 {
				t.Errorf("Wait allocates %v times", n)
			}
		})
	}
}

// What passes in 30 s is within 3 % of the rate, however it is cut and by however many.
func TestLimiterAverage(t *testing.T) {
	const span = 30 * time.Second
	for _, c := range []struct {
		name             string
		rate             int64
		waiters, request int
	}{
		{"blocks of one peer", 1 << 20, 1, 16 << 10},
		{"blocks of many peers", 10_000_000, 50, 16 << 10},
		{"slow", 100 << 10, 5, 16 << 10},
		{"very slow", 20 << 10, 2, 4 << 10},
		{"more than the burst", 1 << 20, 3, 256 << 10},
		{"crumbs", 50 << 10, 4, 100},
		{"fast", 128 << 20, 8, 64 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewLimiter(c.rate)
				ctx, cancel := context.WithTimeout(t.Context(), span)
				defer cancel()
				passed := make([]int64, c.waiters)
				var work sync.WaitGroup
				for i := range c.waiters {
					work.Go(func() {
						for l.Wait(ctx, c.request) == nil {
							passed[i] += int64(c.request)
						}
					})
				}
				work.Wait()
				var total int64
				for _, p := range passed {
					total += p
				}
				ideal := float64(c.rate) * span.Seconds()
				if off := float64(total)/ideal - 1; math.Abs(off) > 0.03 {
					t.Errorf("passed %d bytes, %.1f %% off", total, off*100)
				}
				if least, most := slices.Min(passed), slices.Max(passed); most-least > int64(2*c.request) {
					t.Errorf("one got %d bytes and another one %d", least, most)
				}
			})
		})
	}
}

// Between requests a peer does other things for a while. What a pause of up to the burst loses is
// made up for.
func TestLimiterMakesUpForPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 1 << 20
		l := NewLimiter(rate)
		start := time.Now()
		total := 0
		for time.Since(start) < 30*time.Second {
			if err := l.Wait(t.Context(), 16<<10); err != nil {
				t.Fatal(err)
			}
			total += 16 << 10
			time.Sleep(12 * time.Millisecond)
		}
		if off := float64(total)/(30*rate) - 1; math.Abs(off) > 0.03 {
			t.Errorf("passed %d bytes, %.1f %% off", total, off*100)
		}
	})
}

func TestLimiterBurstAfterAPauseIsSmall(t *testing.T) {
	for _, c := range []struct{ rate, burst int64 }{{1 << 20, 104857}, {1000, 16 << 10}} {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(c.rate)
			time.Sleep(time.Hour)
			start := time.Now()
			if err := l.Wait(t.Context(), int(c.burst)); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d != 0 {
				t.Errorf("rate %d: the burst took %v", c.rate, d)
			}
			if err := l.Wait(t.Context(), int(c.rate)); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d < 990*time.Millisecond || d > 1010*time.Millisecond {
				t.Errorf("rate %d: a second's worth after the burst took %v", c.rate, d)
			}
		})
	}
}

func TestLimiterServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(100 << 10)
		var mu sync.Mutex
		var order []int
		var work sync.WaitGroup
		for i := range 20 {
			// A small request behind a large one waits its turn.
			n := []int{200 << 10, 10}[i%2]
			work.Go(func() {
				if err := l.Wait(t.Context(), n); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		work.Wait()
		if !slices.IsSorted(order) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestLimiterSetReachesThoseWhoWait(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  int64
		between [2]time.Duration // when both of two waiters for 10 s each are through
	}{
		{"faster", 100 << 10, [2]time.Duration{2500 * time.Millisecond, 3 * time.Second}},
		{"slower", 5 << 10, [2]time.Duration{38 * time.Second, 40 * time.Second}},
		{"unlimited", 0, [2]time.Duration{time.Second, time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewLimiter(10 << 10)
				start := time.Now()
				var work sync.WaitGroup
				for range 2 {
					work.Go(func() {
						if err := l.Wait(t.Context(), 100<<10); err != nil {
							t.Error(err)
						}
					})
				}
				time.Sleep(time.Second)
				l.Set(c.change)
				if l.Rate() != c.change {
					t.Errorf("Rate = %d", l.Rate())
				}
				work.Wait()
				if d := time.Since(start); d < c.between[0] || d > c.between[1] {
					t.Errorf("took %v, want %v to %v", d, c.between[0], c.between[1])
				}
			})
		})
	}
}

func TestLimiterFromUnlimitedStartsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(0)
		time.Sleep(time.Hour)
		l.Set(16 << 10)
		start := time.Now()
		if err := l.Wait(t.Context(), 16<<10); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < time.Second {
			t.Errorf("a second's worth took %v", d)
		}
	})
}

func TestLimiterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(10 << 10)
		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		results := make(chan error)
		for range 3 { // the first has taken some of the limit, the others only wait
			go func() { results <- l.Wait(ctx, 100<<10) }()
			synctest.Wait()
		}
		go func() { results <- l.Wait(t.Context(), 10<<10) }()
		time.Sleep(1500 * time.Millisecond)
		cancel(reason)
		for range 3 {
			if err := <-results; !errors.Is(err, reason) {
				t.Errorf("Wait = %v, want the cause", err)
			}
		}
		// The first had taken 15 KiB, which are given back: the last one goes at once.
		synctest.Wait()
		select {
		case err := <-results:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("what a cancelled call had taken is lost")
			<-results
		}
		if err := l.Wait(ctx, 1); !errors.Is(err, reason) {
			t.Errorf("Wait with a context that ended = %v", err)
		}
		if l.first != nil || l.last != nil {
			t.Error("the queue is not empty")
		}
	})
}

func TestLimiterAbsurdWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1)
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := l.Wait(ctx, math.MaxInt); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait = %v", err)
		}
	})
}

func TestLimiterUnderChange(t *testing.T) {
	l := NewLimiter(1 << 20)
	var work sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for i := range 8 {
		work.Go(func() {
			for ctx.Err() == nil {
				short, stop := context.WithTimeout(ctx, time.Duration(i)*time.Millisecond)
				_ = l.Wait(short, 5000*i)
				stop()
			}
		})
	}
	for ctx.Err() == nil {
		for _, rate := range []int64{0, 1, 1 << 30, 1 << 20} {
			l.Set(rate)
			time.Sleep(time.Millisecond)
		}
	}
	work.Wait()
	if l.first != nil {
		t.Error("somebody is left in the queue")
	}
}

func BenchmarkLimiterUnlimited(b *testing.B) {
	l := NewLimiter(0)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = l.Wait(b.Context(), 16<<10)
		}
	})
}
