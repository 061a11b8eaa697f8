package utp

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// minBuffer is how many bytes may wait to be sent before Write blocks.
const minBuffer = 64 << 10

// state is how far a connection has come.
type state uint8

const (
	dialling state = iota // we asked for it
	halfOpen              // they asked for it, and may not be where they say
	open
	dead
)

// Conn is one connection. Its methods are safe for use by several goroutines.
//
// Close returns at once; what was written before is sent in the background, for at most ten seconds.
type Conn struct {
	mux    *Mux
	key    key    // where and under which number packets come in
	sendID uint16 // the number that the other side knows it by
	up     chan struct{}

	mu     sync.Mutex
	state  state
	err    error // why it is dead
	closed bool  // by Close
	reader deadline
	writer deadline

	in       inflow
	owed     bool   // something came that is not acknowledged
	told     int    // the window in the last packet that we sent, less what came since
	echo     uint32 // how long their last packet was under way
	out      outflow
	flow     congestion
	pace     pacer
	resume   time.Duration // when more may go by it; 0: it holds nothing back
	trip     roundTrip
	segment  int  // bytes of data in a full packet
	finished bool // the last packet, which says so, was sent

	timer     *time.Timer
	alarm     time.Duration // when the timer goes off; 0: it is not set
	quietFrom time.Duration // since when an answer has been due
	doubted   bool          // since then the last packet was sent again
	probeFrom time.Duration // since when the other side has had no room; 0: it has
	spoke     time.Duration // when the last packet went out
	endBy     time.Duration // when a connection that was closed, or is not open yet, is given up

	queued bool // in the writer's queue; guarded by its lock
}

func newConn(m *Mux, k key, sendID uint16, s state) *Conn {
	c := &Conn{mux: m, key: k, sendID: sendID, state: s, up: make(chan struct{})}
	c.reader.cond.L, c.writer.cond.L = &c.mu, &c.mu
	c.in.ready.pool, c.out.data.pool = &m.chunks, &m.chunks
	c.segment = m.paths.size(k.addr.Addr()) - headerSize
	c.flow = newCongestion(c.segment + headerSize)
	c.out.reorder = reordering
	c.told = maxWindow
	return c
}

// Read takes bytes that came, in order. At the end of what the other side sent it returns io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.fail("read", net.ErrClosed)
		case c.reader.passed():
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case c.in.ready.n > 0:
			n := c.in.ready.read(p)
			c.mux.held.Add(-int64(n))
			c.tellRoom()
			return n, nil
		case c.in.eof:
			return 0, io.EOF
		case c.state == dead:
			return 0, c.fail("read", c.err)
		}
		c.reader.wait()
	}
}

// Write queues bytes for sending, and blocks while the buffer is full.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.WriteBuffers([][]byte{p})
	return int(n), err
}

// WriteBuffers is Write for several slices at once, so that what belongs together goes in the same packets. The
// slices stay as they are.
func (c *Conn) WriteBuffers(bufs [][]byte) (total int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range bufs {
		for {
			if err := c.mayWrite(); err != nil {
				return total, err
			}
			n := min(len(p), c.roomToWrite())
			c.out.data.write(p[:n])
			total += int64(n)
			if p = p[n:]; len(p) == 0 {
				break
			}
			c.wake()
			c.writer.wait()
		}
	}
	c.out.edge()
	c.wake()
	return total, nil
}

// mayWrite tells what is in the way of a Write.
func (c *Conn) mayWrite() error {
	switch {
	case c.closed:
		return c.fail("write", net.ErrClosed)
	case c.state == dead:
		return c.fail("write", c.err)
	case c.writer.passed():
		return c.fail("write", os.ErrDeadlineExceeded)
	}
	return nil
}

// roomToWrite is how many more bytes may wait to be sent: together as many as may be in the air, so that there is
// always something to send. What is in the air is bounded by the other side's window.
func (c *Conn) roomToWrite() int {
	return max(0, max(int(c.flow.window), minBuffer)-c.out.waiting())
}

// Close ends the connection on this side.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.closed = true
	c.reader.end()
	c.writer.end()
	c.forget()
	switch c.state {
	case dead:
	case open:
		c.endBy = c.mux.now() + linger
		c.wake()
		c.setAlarm(c.mux.now())
	default:
		c.die(net.ErrClosed, false)
	}
	return nil
}

// forget drops what nobody will read.
func (c *Conn) forget() {
	c.mux.held.Add(-int64(c.in.stored()))
	c.in.ready.discard(c.in.ready.n)
	c.in.dropEarly()
}

// LocalAddr is the socket's *net.UDPAddr.
func (c *Conn) LocalAddr() net.Addr { return c.mux.Addr() }

// RemoteAddr is the other side's *net.UDPAddr.
func (c *Conn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.key.addr) }

// Remote is the other side's address.
func (c *Conn) Remote() netip.AddrPort { return c.key.addr }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadlines(t, &c.reader, &c.writer) }

// SetReadDeadline bounds Read, one that waits already too. The zero time is no bound.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.reader) }

// SetWriteDeadline bounds Write, one that waits already too. The zero time is no bound.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writer) }

func (c *Conn) setDeadlines(t time.Time, ds ...*deadline) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	for _, d := range ds {
		d.set(t)
	}
	return nil
}
