package dht

import (
	"context"
	"slices"
	"sync"
)

// turns lets a bounded number of searches be under way at once. Those that somebody waits for go first, the latest
// before the others: whoever asks for one torrent more need not wait for hundreds. The rest go in order.
type turns struct {
	mu      sync.Mutex
	free    int
	pressed []chan struct{} // closed when it is its turn
	line    []chan struct{}
}

// take waits for a turn, which is to be given back. It fails only with ctx's error.
func (t *turns) take(ctx context.Context, pressing bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	if pressing {
		t.pressed = append(t.pressed, mine)
	} else {
		t.line = append(t.line, mine)
	}
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	waiting := len(t.pressed) + len(t.line)
	t.pressed = slices.DeleteFunc(t.pressed, func(c chan struct{}) bool { return c == mine })
	t.line = slices.DeleteFunc(t.line, func(c chan struct{}) bool { return c == mine })
	granted := waiting == len(t.pressed)+len(t.line)
	t.mu.Unlock()
	if granted { // at the last moment
		t.give()
	}
	return ctx.Err()
}

// give returns a turn.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.pressed) > 0:
		last := len(t.pressed) - 1
		close(t.pressed[last])
		t.pressed = t.pressed[:last]
	case len(t.line) > 0:
		close(t.line[0])
		t.line = t.line[1:]
	default:
		t.free++
	}
}
