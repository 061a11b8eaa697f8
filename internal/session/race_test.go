package session

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

var errFirst, errSecond = errors.New("first"), errors.New("second")

// way is a dial that takes so long, and fails with err or gives conn. It notes when it began.
func way(took time.Duration, conn net.Conn, err error, began *time.Time) dialer {
	return func(ctx context.Context) (net.Conn, error) {
		*began = time.Now()
		select {
		case <-time.After(took):
			return conn, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func TestRace(t *testing.T) {
	a, b := net.Pipe()
	const long = time.Hour
	for _, c := range []struct {
		name           string
		first          time.Duration
		firstErr       error
		second         time.Duration
		secondErr      error
		want           net.Conn
		err            error
		took, secondAt time.Duration // secondAt < 0: it is not tried
	}{
		{"the first answers", 100 * time.Millisecond, nil, 0, nil, a, nil, 100 * time.Millisecond, -1},
		{"the first fails", 100 * time.Millisecond, errFirst, 50 * time.Millisecond, nil, b, nil, 150 * time.Millisecond, 100 * time.Millisecond},
		{"the first is silent", long, nil, 50 * time.Millisecond, nil, b, nil, headStart + 50*time.Millisecond, headStart},
		{"the first is slow", 3 * time.Second, nil, long, nil, a, nil, 3 * time.Second, headStart},
		{"the first is slow, the second fails", 3 * time.Second, nil, 0, errSecond, a, nil, 3 * time.Second, headStart},
		{"both fail", 2 * time.Second, errFirst, 0, errSecond, nil, errFirst, 2 * time.Second, headStart},
		{"both fail, the second last", 0, errFirst, time.Second, errSecond, nil, errFirst, time.Second, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var firstAt, secondAt time.Time
				conn, err := race(t.Context(), [2]dialer{way(c.first, a, c.firstErr, &firstAt), way(c.second, b, c.secondErr, &secondAt)})
				if took := time.Since(start); conn != c.want || !errors.Is(err, c.err) || took != c.took {
					t.Errorf("%v, %v after %v", conn, err, took)
				}
				synctest.Wait()
				if secondAt.IsZero() != (c.secondAt < 0) || c.secondAt >= 0 && secondAt.Sub(start) != c.secondAt {
					t.Errorf("the second began after %v", secondAt.Sub(start))
				}
			})
		})
	}
}

// Two that answer at the same moment: one is closed.
func TestRaceClosesTheLoser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := [2]net.Conn{}
		var ends [2]net.Conn
		for i := range conns {
			conns[i], ends[i] = net.Pipe()
		}
		stubborn := func(i int, took time.Duration) dialer { // its context does not stop it
			return func(context.Context) (net.Conn, error) {
				time.Sleep(took)
				return conns[i], nil
			}
		}
		won, err := race(t.Context(), [2]dialer{stubborn(0, headStart+time.Second), stubborn(1, time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		if won == conns[0] {
			lost = 1
		}
		if _, err := ends[lost].Read(make([]byte, 1)); err == nil {
			t.Error("the loser is open")
		}
		won.Close()
	})
}
