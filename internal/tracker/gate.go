package tracker

import (
	"context"
	"slices"
	"sync"
)

// How many attempts at once a Gate lets through to one host. A host that does not answer has one of
// its own, so that it holds up nobody but those who want it.
const (
	gateDead    = 1  // its last answer failed to come
	gateUnknown = 2  // nothing is known of it
	gateAlive   = 16 // it answered
	gateAll     = 200
)

// Gate bounds how many announces and scrapes are under way at once in all announcers that share it, so
// that a thousand torrents neither fall upon one tracker in a moment nor use up the sockets of the
// process. The zero value is ready; nil lets everything through.
type Gate struct {
	mu      sync.Mutex
	lanes   map[string]*lane
	inside  int
	waiting []*visitor // in order of arrival
}

// lane is what goes on with one host, for as long as anything does.
type lane struct {
	inside, waiting int
	limit           int
}

type visitor struct {
	lane *lane
	open chan struct{} // closed by whoever lets it in
}

// verdict is what an attempt found out about a host.
type verdict int

const (
	verdictNone verdict = iota // given up
	verdictAlive
	verdictDead
)

// enter waits for its turn with a host, for as long as ctx allows. Whoever gets in calls leave once.
func (g *Gate) enter(ctx context.Context, host string) (leave func(verdict), err error) {
	if g == nil {
		return func(verdict) {}, nil
	}
	g.mu.Lock()
	l := g.lanes[host]
	if l == nil {
		if g.lanes == nil {
			g.lanes = make(map[string]*lane)
		}
		l = &lane{limit: gateUnknown}
		g.lanes[host] = l
	}
	v := &visitor{lane: l, open: make(chan struct{})}
	g.waiting = append(g.waiting, v)
	l.waiting++
	g.admit()
	g.mu.Unlock()

	leave = func(found verdict) { g.leave(host, l, found) }
	select {
	case <-v.open:
		return leave, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if at := slices.Index(g.waiting, v); at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
		l.waiting--
	} else { // let in meanwhile
		l.inside--
		g.inside--
		g.admit()
	}
	g.forget(host, l)
	return nil, ctx.Err()
}

func (g *Gate) leave(host string, l *lane, found verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l.inside--
	g.inside--
	switch found {
	case verdictAlive:
		l.limit = gateAlive
	case verdictDead:
		l.limit = gateDead
	}
	g.admit()
	g.forget(host, l)
}

// admit lets in whom there is room for, in order. The caller holds mu.
func (g *Gate) admit() {
	g.waiting = slices.DeleteFunc(g.waiting, func(v *visitor) bool {
		if g.inside >= gateAll || v.lane.inside >= v.lane.limit {
			return false
		}
		g.inside++
		v.lane.inside++
		v.lane.waiting--
		close(v.open)
		return true
	})
}

// forget drops a lane that nobody uses. The caller holds mu.
func (g *Gate) forget(host string, l *lane) {
	if l.inside == 0 && l.waiting == 0 {
		delete(g.lanes, host)
	}
}
