package session

import (
	"context"
	"net"
	"time"
)

// headStart is how long the first way to connect has for itself. Where a router drops what it does not know, silence is all
// that comes back, and would hold up the second way for as long as a dial may take.
const headStart = time.Second

// dialer makes a connection in one way.
type dialer func(context.Context) (net.Conn, error)

// dialled is how that ended.
type dialled struct {
	way  int
	conn net.Conn
	err  error
}

// race connects in the first way, or in the second where the first fails or takes long: whichever is there first. When
// both fail, the error is the first's.
func race(ctx context.Context, ways [2]dialer) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialled, len(ways))
	begun, running := 0, 0
	begin := func() {
		if begun == len(ways) {
			return
		}
		way := begun
		begun, running = begun+1, running+1
		go func() {
			conn, err := ways[way](ctx)
			results <- dialled{way, conn, err}
		}()
	}
	begin()
	late := time.NewTimer(headStart)
	defer late.Stop()
	var fault error
	for running > 0 {
		select {
		case <-late.C:
			begin()
		case r := <-results:
			running--
			if r.err == nil {
				go discard(results, running)
				return r.conn, nil
			}
			if r.way == 0 {
				fault = r.err
			}
			begin()
		}
	}
	return nil, fault
}

// discard closes what comes too late: the loser's dial ends at once, as its context has.
func discard(results <-chan dialled, running int) {
	for range running {
		if r := <-results; r.err == nil {
			r.conn.Close()
		}
	}
}
