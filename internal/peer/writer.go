package peer

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	keepAlive    = 100 * time.Second // BEP 3: some clients close after two minutes of silence
	writeTimeout = 2 * time.Minute   // a peer that takes nothing for so long is gone
	maxQueue     = 2048              // requests a peer may have waiting (our reqq)
	minBatch     = 2                 // blocks that go with one write at least, and at most
	maxBatch     = 64
	frameSize    = headSize + BlockSize
	slowWrite    = 50 * time.Millisecond // a write that takes longer was too large
	maxControl   = 1 << 20               // bytes of small messages that a peer may leave waiting
	maxAnswers   = 2048                  // large answers that it may
)

// writer is the write side of a connection: small messages and asked-for blocks wait here, and one
// goroutine sends them, many with one call.
type writer struct {
	c *Conn

	mu    sync.Mutex
	ctl   []byte                  // encoded small messages, they go first
	later []func(b []byte) []byte // messages that are made when there is nothing else to send
	queue []Request               // what the peer asked for, in order

	wake chan struct{}

	// Owned by the loop:
	spare []byte    // the other control buffer
	batch int       // blocks a write, adapted to the peer's speed
	take  []Request // of the queue, for one write
	bufs  [][]byte  // of one read
	frame []byte    // headers, and blocks that had to be read
	parts [][]byte  // what goes with one write, in order
	views Viewer    // nil where blocks have to be read
	pins  []Pin
	reads bool // a block of the last write could not be viewed
}

func (w *writer) init(c *Conn) {
	w.c = c
	w.batch = minBatch
	w.wake = make(chan struct{}, 1)
	// Mapped files must be touched by the kernel alone: where one is cut short, a system call fails, and
	// any other access ends the process.
	if _, ok := c.nc.(*net.TCPConn); ok {
		w.views, _ = c.opts.Source.(Viewer)
	}
}

// Send appends small messages: f appends them to the buffer it is given. A peer that makes us say much and takes nothing of it
// loses its connection, at once: the loop may hang in a write to it.
func (c *Conn) Send(f func(b []byte) []byte) {
	w := &c.out
	w.mu.Lock()
	w.ctl = f(w.ctl)
	over := len(w.ctl) > maxControl
	if over {
		w.ctl = nil
	}
	w.mu.Unlock()
	if over {
		c.Close(errTakesNothing)
	}
	w.signal()
}

var errTakesNothing = fmt.Errorf("write to peer: it takes nothing, and more than %d bytes wait", maxControl)

// Answer appends a large message, which f makes when all that was to be sent before has been: so that a peer which asks and
// does not listen costs no memory. f is called without locks held. It reports false when too many wait.
func (c *Conn) Answer(f func(b []byte) []byte) bool {
	w := &c.out
	w.mu.Lock()
	ok := len(w.later) < maxAnswers
	if ok {
		w.later = append(w.later, f)
	}
	w.mu.Unlock()
	w.signal()
	return ok
}

// Upload puts blocks that the peer asked for into the queue. It reports false when the peer asks for
// more than the queue holds.
func (c *Conn) Upload(rs ...Request) bool {
	w := &c.out
	w.mu.Lock()
	ok := len(w.queue)+len(rs) <= maxQueue
	if ok {
		w.queue = append(w.queue, rs...)
	}
	w.mu.Unlock()
	if ok {
		w.signal()
	}
	return ok
}

// CancelUpload takes a request back (BEP 3 "cancel"). With the fast extension the peer is told so
// (BEP 6: every request gets a piece or a reject).
func (c *Conn) CancelUpload(r Request) {
	w := &c.out
	w.mu.Lock()
	i := slices.Index(w.queue, r)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
		if c.opts.Fast {
			w.ctl = AppendRequest(w.ctl, Reject, r)
		}
	}
	w.mu.Unlock()
	if i >= 0 {
		w.signal()
	}
}

// DropUploads takes back all that the peer asked for of a piece that is here no longer. With the fast extension it is
// told so.
func (c *Conn) DropUploads(piece uint32) {
	w := &c.out
	w.mu.Lock()
	before := len(w.queue)
	w.queue = slices.DeleteFunc(w.queue, func(r Request) bool {
		if r.Index == piece && c.opts.Fast {
			w.ctl = AppendRequest(w.ctl, Reject, r)
		}
		return r.Index == piece
	})
	dropped := len(w.queue) < before
	w.mu.Unlock()
	if dropped {
		w.signal()
	}
}

// SendChoke chokes the peer: what it asked for is dropped, with the fast extension rejected one by
// one.
func (c *Conn) SendChoke() {
	w := &c.out
	w.mu.Lock()
	w.ctl = AppendMessage(w.ctl, Choke)
	if c.opts.Fast {
		for _, r := range w.queue {
			w.ctl = AppendRequest(w.ctl, Reject, r)
		}
	}
	w.queue = w.queue[:0]
	w.mu.Unlock()
	w.signal()
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// loop sends what waits until the connection ends.
func (w *writer) loop(ctx context.Context) error {
	idle := time.NewTimer(keepAlive)
	defer idle.Stop()
	for {
		ctl := w.next()
		if len(ctl) == 0 && len(w.take) == 0 {
			select {
			case <-w.wake:
			case <-idle.C:
				w.c.Send(func(b []byte) []byte { return append(b, 0, 0, 0, 0) })
				idle.Reset(keepAlive)
			case <-w.c.done:
				return nil
			}
			continue
		}
		if err := w.write(ctx, ctl); err != nil {
			return err
		}
		idle.Reset(keepAlive)
	}
}

// next takes what goes with the next write: all small messages, and blocks up to the batch.
func (w *writer) next() (ctl []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.ctl) == 0 && len(w.later) > 0 {
		f := w.later[0]
		w.later = w.later[:copy(w.later, w.later[1:])]
		w.mu.Unlock()
		b := f(nil)
		w.mu.Lock()
		w.ctl = append(w.ctl, b...)
	}
	ctl, w.ctl = w.ctl, w.spare[:0]
	w.spare = ctl
	n := min(len(w.queue), w.limit())
	w.take = append(w.take[:0], w.queue[:n]...)
	w.queue = w.queue[:copy(w.queue, w.queue[n:])]
	return ctl
}

// limit is the number of blocks a write: the batch, or less where a rate limit would make it long.
func (w *writer) limit() int {
	n := w.batch
	for _, l := range w.c.opts.Up {
		if r := l.Rate(); r > 0 {
			n = min(n, max(1, int(r/20/BlockSize)))
		}
	}
	return n
}

// write sends small messages and the blocks in w.take.
func (w *writer) write(ctx context.Context, ctl []byte) error {
	if len(w.take) == 0 {
		return w.send(ctl)
	}
	size := 0
	for _, r := range w.take {
		size += int(r.Length)
	}
	for _, l := range w.c.opts.Up {
		if l.Rate() == 0 {
			if err := l.Wait(ctx, size); err != nil {
				return err
			}
			continue
		}
		if len(ctl) > 0 { // small messages do not wait for the limit
			if err := w.send(ctl); err != nil {
				return err
			}
			ctl = nil
		}
		if err := w.await(ctx, l, size); err != nil {
			return err
		}
	}
	if err := w.layOut(ctl); err != nil {
		w.unpin()
		return err
	}
	start := time.Now()
	err := w.sendAll()
	w.unpin()
	if err != nil {
		return err
	}
	w.c.sent.Add(int64(size))
	w.adapt(time.Since(start))
	return nil
}

// await waits until blocks of so many bytes may pass the limit, and sends the small messages that come up meanwhile: with a
// low limit and many peers, it may be long, and what we ask of the peer must not wait for what it asked of us. The small messages
// before that have to be sent: their buffer is used again.
func (w *writer) await(ctx context.Context, l Limiter, size int) error {
	ctx, cancel := context.WithCancel(ctx)
	passed := make(chan error, 1)
	go func() { passed <- l.Wait(ctx, size) }()
	defer func() {
		cancel()
		<-passed //nolint:errcheck // that it ended is enough; the channel is closed where its error was taken
	}()
	for {
		select {
		case err := <-passed:
			close(passed)
			return err
		case <-w.c.done:
			return net.ErrClosed
		case <-w.wake:
			w.mu.Lock()
			ctl := w.ctl
			w.ctl, w.spare = w.spare[:0], ctl
			w.mu.Unlock()
			if len(ctl) == 0 {
				continue
			}
			if err := w.send(ctl); err != nil {
				return err
			}
		}
	}
}

// adapt keeps a write short enough that small messages are not stuck behind it for long.
func (w *writer) adapt(took time.Duration) {
	switch {
	case took > slowWrite:
		w.batch = max(w.batch/2, minBatch)
	case len(w.take) >= w.batch:
		w.batch = min(2*w.batch, maxBatch)
	}
}

// send writes b within the deadline.
func (w *writer) send(b []byte) error {
	w.parts = append(w.parts[:0], b)
	return w.sendAll()
}

// sendAll writes all parts within the deadline: a socket takes them with one writev.
func (w *writer) sendAll() error {
	if err := w.c.nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("write to peer: %w", err)
	}
	if err := w.writeParts(); err != nil {
		return fmt.Errorf("write to peer: %w", err)
	}
	return nil
}

// writeParts writes with one call where the connection has one for it.
func (w *writer) writeParts() error {
	if c, ok := w.c.nc.(interface {
		WriteBuffers(bufs [][]byte) (int64, error)
	}); ok {
		_, err := c.WriteBuffers(w.parts)
		return err
	}
	parts := net.Buffers(w.parts) // WriteTo moves its receiver on, ours stays
	_, err := parts.WriteTo(w.c.nc)
	return err
}
