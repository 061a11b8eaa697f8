package utp

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxConns  = 4096 // connections of a Mux, those that are ending included
	maxHalf   = 256  // connections that were asked for, and may not be meant
	backlog   = 128  // connections that wait for Accept
	maxResets = 100  // answers a second to packets that belong to no connection
)

// Options of a Mux. The zero value works.
type Options struct {
	Log *slog.Logger // nil discards
}

// key tells a connection by where its packets come from and the number they carry.
type key struct {
	addr netip.AddrPort
	id   uint16
}

// Mux runs all connections of one socket. It is a net.Listener for those that others make. Its methods are
// safe for use by several goroutines.
type Mux struct {
	conn   net.PacketConn
	sock   socket
	log    *slog.Logger
	start  time.Time
	chunks chunkPool
	held   atomic.Int64 // bytes that connections hold for their readers
	paths  paths
	other  other
	queue  queue
	strays strays
	work   sync.WaitGroup

	incoming chan *Conn
	done     chan struct{}

	mu     sync.Mutex
	conns  map[key]*Conn
	half   map[*Conn]struct{}
	closed bool
	resets int           // sent in the current second,
	second time.Duration // which ends then
}

// New takes over the reading of a socket, until Close. Nobody else may read from it or set its read deadline;
// what is not uTP comes out at Other. The socket is left open: whoever opened it closes it.
func New(conn net.PacketConn, o Options) *Mux {
	m := newMux(conn, o)
	m.work.Go(m.readLoop)
	m.work.Go(m.writeLoop)
	return m
}

func newMux(conn net.PacketConn, o Options) *Mux {
	m := &Mux{
		conn: conn, log: o.Log, start: time.Now(),
		incoming: make(chan *Conn, backlog), done: make(chan struct{}),
		conns: make(map[key]*Conn), half: make(map[*Conn]struct{}),
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	m.paths.small = make(map[netip.Addr]int)
	m.queue.cond.L = &m.queue.mu
	m.strays.queue = &m.queue
	m.other.init(conn)
	m.sock = newSocket(conn)
	return m
}

// Other is the socket for all packets that are not uTP. Closing it closes nothing but itself.
func (m *Mux) Other() net.PacketConn { return &m.other }

// Addr is the socket's address.
func (m *Mux) Addr() net.Addr { return m.conn.LocalAddr() }

// now is the time since the Mux began.
func (m *Mux) now() time.Duration { return time.Since(m.start) }

// micros is a time as packets carry it.
func micros(t time.Duration) uint32 { return uint32(t / time.Microsecond) }

// Close ends all connections with a reset; what they have not sent is not sent. Other reads nothing any more. Nobody
// reads from the socket then.
func (m *Mux) Close() error {
	if m.end() {
		m.conn.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // a socket that is closed already has woken its reader
		m.work.Wait()
		m.conn.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
		return nil
	}
	m.work.Wait()
	return net.ErrClosed
}

// end ends everything but the two loops, which end by themselves then. It reports false if that has been done.
func (m *Mux) end() bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.closed = true
	all := make([]*Conn, 0, len(m.conns))
	for _, c := range m.conns {
		all = append(all, c)
	}
	m.mu.Unlock()
	close(m.done)
	m.other.Close()
	for _, c := range all {
		c.abort()
	}
	m.queue.close()
	return true
}

// readLoop takes packets from the socket until it is closed.
func (m *Mux) readLoop() {
	faults := 0
	for {
		b, segment, from, err := m.sock.receive()
		select {
		case <-m.done:
			return
		default:
		}
		switch {
		case errors.Is(err, net.ErrClosed):
			m.log.Debug("uTP ends", "reason", err)
			m.end()
			return
		case err != nil:
			// An answer of the network to what was sent, on some systems; or it lasts, and must not be tried
			// without a pause.
			if faults++; faults > 10 {
				m.pause()
			}
			continue
		}
		faults = 0
		now := m.now()
		for len(b) > 0 {
			n := min(segment, len(b))
			m.packet(b[:n], from, now)
			b = b[n:]
		}
	}
}

func (m *Mux) pause() {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-m.done:
	}
}

// packet hands one packet to whom it is for.
func (m *Mux) packet(b []byte, from netip.AddrPort, now time.Duration) {
	if !isUTP(b) {
		m.other.deliver(b, from)
		return
	}
	p, ok := parse(b)
	if !ok {
		return
	}
	switch c := m.find(&p, from); {
	case p.kind == kindReset:
		for _, c := range m.meant(&p, from) {
			c.handle(&p, now)
		}
	case c != nil:
		c.handle(&p, now)
	case p.kind == kindSyn:
		m.welcome(&p, from, now)
	case p.kind == kindData || p.kind == kindFin:
		m.refuse(&p, from, now)
	}
}

// find is the connection that a packet belongs to, nil if there is none.
func (m *Mux) find(p *packet, from netip.AddrPort) *Conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.kind == kindSyn {
		return m.conns[key{from, p.id + 1}] // it carries the number that the others carry less one
	}
	return m.conns[key{from, p.id}]
}

// meant lists the connections that a reset may be meant for: it carries the number of the others, or, from a side that has forgotten
// the connection, the number that it was sent.
func (m *Mux) meant(p *packet, from netip.AddrPort) (cs []*Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range [...]uint16{p.id, p.id - 1, p.id + 1} {
		if c := m.conns[key{from, id}]; c != nil && (id == p.id || c.sendID == p.id) {
			cs = append(cs, c)
		}
	}
	return cs
}

// refuse answers a packet that belongs to nothing (BEP 29 "ST_RESET").
func (m *Mux) refuse(p *packet, from netip.AddrPort, now time.Duration) {
	m.mu.Lock()
	if now >= m.second {
		m.second, m.resets = now+time.Second, 0
	}
	m.resets++
	ok := m.resets <= maxResets && !m.closed
	m.mu.Unlock()
	if ok {
		m.strays.add(stray{from, packet{kind: kindReset, id: p.id, ack: p.seq}})
	}
}

// remove forgets a connection.
func (m *Mux) remove(c *Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conns[c.key] == c {
		delete(m.conns, c.key)
	}
	delete(m.half, c)
}

// writeLoop sends for all connections, in turn.
func (m *Mux) writeLoop() {
	var b batch
	var row []*Conn
	for {
		var ok bool
		if row, ok = m.queue.take(row[:0]); !ok {
			return
		}
		m.strays.emit(&b, micros(m.now()))
		for _, c := range row {
			if c.emit(&b) {
				m.queue.push(c)
			}
			if b.full() {
				b.flush(m.send)
			}
		}
		clear(row)
		b.flush(m.send)
	}
}

// send sends packets. What fails is as good as lost on the way.
func (m *Mux) send(b []byte, segment int, to netip.AddrPort) {
	if err := m.sock.send(b, segment, to); err != nil && !errors.Is(err, net.ErrClosed) {
		m.log.Debug("packet not sent", "to", to, "reason", err)
	}
}
