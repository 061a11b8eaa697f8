package lsd

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub is a multicast group in memory. Senders hear themselves, as on a real one.
type hub struct {
	mu       sync.Mutex
	members  []*member
	messages []string
}

type member struct {
	hub    *hub
	addr   netip.Addr
	in     chan packet
	closed chan struct{}
	once   sync.Once
}

type packet struct {
	b    string
	from netip.Addr
}

func (h *hub) join(addr string) *member {
	m := &member{hub: h, addr: netip.MustParseAddr(addr), in: make(chan packet, 1000), closed: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.members = append(h.members, m)
	return m
}

func (h *hub) leave(m *member) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.members = slices.DeleteFunc(h.members, func(x *member) bool { return x == m })
}

// service starts a service on the hub; the caller closes it.
func (h *hub) service(addr string) *Service {
	return newService([]link{h.join(addr)}, slog.New(slog.DiscardHandler))
}

// sent returns what was sent since the last call.
func (h *hub) sent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.messages
	h.messages = nil
	return out
}

func (m *member) group() string { return group4.String() }

func (m *member) send(b []byte) error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.hub.messages = append(m.hub.messages, string(b))
	for _, to := range m.hub.members {
		select {
		case to.in <- packet{string(b), m.addr}:
		default:
		}
	}
	return nil
}

func (m *member) receive(b []byte) (int, netip.Addr, error) {
	select {
	case p := <-m.in:
		return copy(b, p.b), p.from, nil
	case <-m.closed:
		return 0, netip.Addr{}, net.ErrClosed
	}
}

func (m *member) close() { m.once.Do(func() { close(m.closed) }) }
