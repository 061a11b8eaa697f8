package simnet

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

var (
	errReset   = &os.SyscallError{Syscall: "read", Err: syscall.ECONNRESET}
	errRefused = &os.SyscallError{Syscall: "connect", Err: syscall.ECONNREFUSED}
	errTimeout = &os.SyscallError{Syscall: "connect", Err: syscall.ETIMEDOUT}
)

// Conn is one end of a connection. It behaves like a TCP socket: see the package comment.
type Conn struct {
	net         *Network
	out, in     *stream
	local, peer netip.AddrPort
	id          uint64

	reading, writing sync.Mutex // one Read and one Write at a time

	// Under the network's lock:
	closed        bool
	err           error // why it broke
	readBy, until deadline
}

var _ net.Conn = (*Conn)(nil)

func newConn(n *Network, out, in *stream, local, peer netip.AddrPort, id uint64) *Conn {
	c := &Conn{net: n, out: out, in: in, local: local, peer: peer, id: id}
	out.writer, in.reader = c, c
	return c
}

func byID(cs []*Conn) { slices.SortFunc(cs, func(a, b *Conn) int { return cmp.Compare(a.id, b.id) }) }

// deadline is when a Read or Write gives up. Its timer is set only while somebody waits.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// wait waits for cond or the deadline; the lock of cond is held.
func (d *deadline) wait(cond *sync.Cond) {
	if !d.at.IsZero() {
		left := time.Until(d.at)
		if d.timer == nil {
			d.timer = time.AfterFunc(left, func() {
				cond.L.Lock()
				defer cond.L.Unlock()
				cond.Broadcast()
			})
		} else {
			d.timer.Reset(left)
		}
	}
	cond.Wait()
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

// Read takes what has come, at least one byte.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	var taken [8]chunk
	chunks, err := c.take(taken[:0], len(p))
	n := 0
	for i := range chunks {
		n += copy(p[n:], chunks[i].b)
		chunks[i].release()
	}
	return n, err
}

// take waits for data and takes chunks of at most room bytes.
func (c *Conn) take(dst []chunk, room int) ([]chunk, error) {
	s := c.in
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	for {
		switch {
		case c.closed:
			return nil, c.opError("read", net.ErrClosed)
		case c.readBy.passed():
			return nil, c.opError("read", os.ErrDeadlineExceeded)
		case room == 0:
			return nil, nil
		case len(s.arrivedQ) > 0:
			return c.takeArrived(dst, room), nil
		case c.err != nil:
			return nil, c.opError("read", c.err)
		case s.ended:
			return nil, io.EOF
		}
		c.readBy.wait(&s.canRead)
	}
}

// takeArrived takes chunks off the receive buffer. The lock is held.
func (c *Conn) takeArrived(dst []chunk, room int) []chunk {
	s, before := c.in, room
	for len(s.arrivedQ) > 0 && room > 0 && len(dst) < cap(dst) {
		first := &s.arrivedQ[0]
		if first.size() > room {
			dst = append(dst, first.split(room))
			room = 0
			break
		}
		room -= first.size()
		dst = append(dst, *first)
		s.arrivedQ[0] = chunk{}
		s.arrivedQ = s.arrivedQ[1:]
	}
	s.unread -= before - room
	if s.blocked {
		s.resumeAt(c.net.now() + int64(s.path.Delay))
	}
	return dst
}

// Write puts b into the send buffer, as far as there is room, and waits for more.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.WriteBuffers([][]byte{b})
	return int(n), err
}

// WriteBuffers is Write for several slices at once. The slices stay as they are.
func (c *Conn) WriteBuffers(bufs [][]byte) (total int64, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	left := 0
	for _, b := range bufs {
		left += len(b)
	}
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if err := c.writable(); err != nil {
		return 0, err
	}
	for _, b := range bufs {
		for len(b) > 0 {
			if err := c.waitForRoom(); err != nil {
				return total, err
			}
			k := c.out.enqueue(b, left)
			b, left, total = b[k:], left-k, total+int64(k)
		}
	}
	c.out.activate(c.net.now())
	return total, nil
}

// waitForRoom waits until the send buffer has some. The lock is held.
func (c *Conn) waitForRoom() error {
	for {
		if err := c.writable(); err != nil || c.out.queued < c.out.buffer() {
			return err
		}
		c.out.activate(c.net.now())
		if c.out.queued >= c.out.buffer() {
			c.until.wait(&c.out.canWrite)
		}
	}
}

// writable says why nothing can be written, if it cannot. The lock is held.
func (c *Conn) writable() error {
	switch {
	case c.closed:
		return c.opError("write", net.ErrClosed)
	case c.until.passed():
		return c.opError("write", os.ErrDeadlineExceeded)
	case c.err != nil:
		return c.opError("write", c.err)
	case c.out.broken:
		return c.opError("write", syscall.EPIPE)
	}
	return nil
}

// Close ends the connection. What was written still goes out; the other end then reads io.EOF.
func (c *Conn) Close() error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.shut()
	if c.out.broken {
		return nil
	}
	c.out.finished = true
	c.out.queue = append(c.out.queue, chunk{fin: true})
	c.out.activate(c.net.now())
	return nil
}

// Reset breaks the connection at once; the other end learns of it one delay later.
func (c *Conn) Reset() {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.reset()
}

// reset is Reset with the lock held.
func (c *Conn) reset() {
	if c.err != nil {
		return
	}
	c.fail(errReset)
	if !c.net.parted(c.out.from, c.out.to) {
		c.net.schedule(c.net.now()+int64(c.out.path.Delay), reset, c.out, chunk{})
	}
}

// fail breaks this end. The lock is held.
func (c *Conn) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.out.breakOff()
	c.dropUnread()
	c.in.ended = true
	c.in.canRead.Broadcast()
	c.in.forget()
}

// shut marks the end closed and wakes who waits. The lock is held.
func (c *Conn) shut() {
	c.closed = true
	c.readBy.stop()
	c.until.stop()
	c.dropUnread()
	c.in.canRead.Broadcast()
	c.out.canWrite.Broadcast()
	c.in.forget()
	c.out.forget()
}

func (c *Conn) dropUnread() {
	s := c.in
	for i := range s.arrivedQ {
		s.arrivedQ[i].release()
	}
	s.arrivedQ, s.unread = nil, 0
	if s.blocked {
		s.resumeAt(c.net.now() + int64(s.path.Delay))
	}
}

// LocalAddr is a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr is a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.peer) }

// SetDeadline sets both deadlines; those who wait notice at once.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets when Read gives up; zero: never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.readBy, &c.in.canRead, t) }

// SetWriteDeadline sets when Write gives up; zero: never.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(&c.until, &c.out.canWrite, t)
}

func (c *Conn) setDeadline(d *deadline, cond *sync.Cond, t time.Time) error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return c.opError("set deadline", net.ErrClosed)
	}
	d.at = t
	cond.Broadcast()
	return nil
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
