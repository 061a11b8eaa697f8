package cli

import (
	"context"
	"sync"
)

// engines are the sessions of one run, one for each way in which the network is to be used. A run of get has
// a single one; transfers that were begun with different proxies or addresses go on with what each was
// begun with.
type engines struct {
	make func(*order) *engine

	mu  sync.Mutex
	all map[string]*engine // by what the flags of the network say
}

// of is the engine for an order.
func (e *engines) of(d *order) *engine {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all == nil {
		e.all = map[string]*engine{}
	}
	made, known := e.all[d.network]
	if !known {
		made = e.make(d)
		e.all[d.network] = made
	}
	return made
}

// prepare reads what the sessions need and may take a while.
func (e *engines) prepare(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.all {
		if err := one.prepare(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setLimits changes what each receives and sends at most, in bytes a second; 0 is unlimited.
func (e *engines) setLimits(down, up int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.all {
		one.setLimits(down, up)
	}
}

// close ends all of them, at the same time.
func (e *engines) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ending sync.WaitGroup
	for _, one := range e.all {
		ending.Go(one.close)
	}
	ending.Wait()
}
