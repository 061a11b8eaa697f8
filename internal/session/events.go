package session

import (
	"sync"
	"time"
)

// mailbox hands events to a callback in order, from one goroutine, so that whoever has news never
// waits for whoever prints it.
type mailbox struct {
	mu     sync.Mutex
	queue  []Event
	closed bool
	wake   chan struct{}
	over   chan struct{}
}

func newMailbox() *mailbox {
	return &mailbox{wake: make(chan struct{}, 1), over: make(chan struct{})}
}

func (m *mailbox) put(e Event) {
	e.Time = time.Now()
	m.mu.Lock()
	if !m.closed {
		m.queue = append(m.queue, e)
	}
	m.mu.Unlock()
	m.signal()
}

func (m *mailbox) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// close delivers what is left and ends.
func (m *mailbox) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.signal()
	<-m.over
}

// run delivers until close.
func (m *mailbox) run(deliver func(Event)) {
	defer close(m.over)
	for {
		m.mu.Lock()
		queue, closed := m.queue, m.closed
		m.queue = nil
		m.mu.Unlock()
		for _, e := range queue {
			if deliver != nil {
				deliver(e)
			}
		}
		if len(queue) > 0 {
			continue
		}
		if closed {
			return
		}
		<-m.wake
	}
}
