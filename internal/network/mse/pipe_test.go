package mse

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// pipe is a connection in memory that takes what is written without waiting for its reader, as a socket does.
func pipe(t testing.TB) (a, b net.Conn) {
	t.Helper()
	p, q := net.Pipe()
	a, b = newBuffered(p), newBuffered(q)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// buffered sends in the background.
type buffered struct {
	net.Conn
	mu   sync.Mutex
	cond *sync.Cond
	out  []byte
	end  bool
	done chan struct{}
}

func newBuffered(nc net.Conn) *buffered {
	b := &buffered{Conn: nc, done: make(chan struct{})}
	b.cond = sync.NewCond(&b.mu)
	go b.send()
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end {
		return 0, io.ErrClosedPipe
	}
	b.out = append(b.out, p...)
	b.cond.Signal()
	return len(p), nil
}

func (b *buffered) send() {
	defer close(b.done)
	for {
		b.mu.Lock()
		for len(b.out) == 0 && !b.end {
			b.cond.Wait()
		}
		p := b.out
		b.out = nil
		b.mu.Unlock()
		if len(p) == 0 {
			b.Conn.Close()
			return
		}
		if _, err := b.Conn.Write(p); err != nil {
			b.mu.Lock()
			b.end = true
			b.mu.Unlock()
		}
	}
}

// SetDeadline is of reading alone: writing does not wait.
func (b *buffered) SetDeadline(t time.Time) error { return b.SetReadDeadline(t) }

func (b *buffered) Close() error {
	b.mu.Lock()
	b.end = true
	b.cond.Signal()
	b.mu.Unlock()
	b.Conn.SetWriteDeadline(time.Now().Add(time.Second)) // who does not read is not waited for
	<-b.done
	return nil
}

// shaken is what both sides of a handshake have.
type shaken struct {
	out, in       net.Conn
	outErr, inErr error
	encrypted     bool
}

// shake does a handshake over a connection whose ends are a and b. After an error a side closes its end.
func shake(a, b net.Conn, ask [20]byte, have [][20]byte, from, to Policy) (s shaken) {
	var wg sync.WaitGroup
	wg.Go(func() {
		if s.out, s.outErr = Initiate(context.Background(), a, ask, from); s.outErr != nil {
			a.Close()
			return
		}
		if _, s.outErr = s.out.Write([]byte(plain)); s.outErr != nil {
			return
		}
		var b [len(plain)]byte
		if _, s.outErr = io.ReadFull(s.out, b[:]); s.outErr == nil && string(b[:]) != plain {
			s.outErr = ErrHandshake
		}
	})
	wg.Go(func() {
		if s.in, s.encrypted, s.inErr = Receive(b, slices.Values(have), to); s.inErr != nil {
			b.Close()
			return
		}
		var b [len(plain)]byte
		if _, s.inErr = io.ReadFull(s.in, b[:]); s.inErr == nil && string(b[:]) != plain {
			s.inErr = ErrHandshake
		}
		s.in.Write(b[:])
	})
	wg.Wait()
	return s
}
