package peer

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Handler is what a torrent does with what comes in. All calls are made on the read loop, one at a
// time; an error ends the connection. Slices are valid during the call only.
type Handler interface {
	// Expecting is the number of blocks asked for and not here yet.
	Expecting() int
	// Block hands over a block that came. With taken the memory is the handler's from then on.
	Block(r Request, b *Block) (taken bool, err error)
	// Request, Cancel and Reject are the messages of these names.
	Request(r Request) error
	Cancel(r Request) error
	Reject(r Request) error
	// Message is every other message; payload is what follows the id.
	Message(id ID, payload []byte) error
	// Drained is called when all that one read brought was handed over: the time to ask for more.
	Drained() error
	// Poked is called after Poke.
	Poked() error
}

// Memory hands out the memory of blocks and takes it back.
type Memory interface {
	Blocks(dst []*Block)
	Recycle(bs []*Block)
}

// Source is where the blocks come from that a peer asks for.
type Source interface {
	// ReadBlocks fills bufs with consecutive bytes of piece index, from begin on.
	ReadBlocks(bufs [][]byte, index, begin uint32) error
}

// Limiter slows a direction down; nil limiters do not.
type Limiter interface {
	Wait(ctx context.Context, n int) error
	Rate() int64 // bytes a second, 0 unlimited
}

// Options are what a connection needs of its torrent.
type Options struct {
	Handler Handler
	Memory  Memory
	Source  Source
	Up      []Limiter // payload sent passes all of them
	Down    []Limiter // payload received passes all of them
	Fast    bool      // both sides speak the fast extension (BEP 6)
}

// Conn is one connection after its handshake. Its Send and Poke methods may be called from any
// goroutine.
type Conn struct {
	nc    net.Conn
	opts  Options
	out   writer
	poked atomic.Bool

	received atomic.Int64 // bytes, all kinds
	sent     atomic.Int64 // payload bytes
	lastRead atomic.Int64 // unix nanoseconds of the last byte that came

	closeOnce sync.Once
	err       error // why it was closed; valid after done
	done      chan struct{}
}

// New makes a connection of a socket whose handshakes are done.
func New(nc net.Conn, o Options) *Conn {
	c := &Conn{nc: nc, opts: o, done: make(chan struct{})}
	c.out.init(c)
	c.lastRead.Store(time.Now().UnixNano())
	return c
}

// Run reads and writes until the connection ends, and returns why. It returns after both loops have
// ended.
func (c *Conn) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.Close(context.Cause(ctx)) })
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { c.Close(c.out.loop(ctx)) })
	c.Close(c.readLoop(ctx))
	wg.Wait()
	return c.err
}

// readLoop reads until an error.
func (c *Conn) readLoop(ctx context.Context) error {
	r := newReader(c.nc, c.opts.Memory, c.opts.Handler)
	defer r.close()
	for {
		if c.poked.Swap(false) {
			if err := c.opts.Handler.Poked(); err != nil {
				return err
			}
		}
		n, err := r.fill(c.opts.Handler.Expecting())
		if n > 0 {
			c.received.Add(int64(n))
			c.lastRead.Store(time.Now().UnixNano())
			if err == nil {
				err = c.opts.Handler.Drained()
			}
			for _, l := range c.opts.Down {
				if err == nil { // what brought no block does not wait behind those of others
					err = l.Wait(ctx, r.data)
				}
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			// Somebody poked. The deadline goes first: a poke after this line sets it again.
			err = c.nc.SetReadDeadline(time.Time{})
		}
		if err != nil {
			return err
		}
	}
}

// Poke makes the read loop call Handler.Poked soon. A deadline in the past wakes it where it waits
// for the socket.
func (c *Conn) Poke() {
	if !c.poked.Swap(true) {
		c.nc.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // a closed connection has ended its loop
	}
}

// Close ends the connection; the first reason counts.
func (c *Conn) Close(reason error) {
	c.closeOnce.Do(func() {
		if reason == nil {
			reason = net.ErrClosed
		}
		c.err = reason
		close(c.done)
		c.nc.Close()
	})
}

// Received is the number of bytes that came.
func (c *Conn) Received() int64 { return c.received.Load() }

// Sent is the number of payload bytes that went.
func (c *Conn) Sent() int64 { return c.sent.Load() }

// Quiet is how long nothing has come from the peer.
func (c *Conn) Quiet() time.Duration {
	return time.Since(time.Unix(0, c.lastRead.Load()))
}
