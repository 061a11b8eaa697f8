package tracker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"time"
)

const (
	// firstWait is how long a reply may take before the request is sent again; each time the wait
	// doubles (BEP 15).
	firstWait = 15 * time.Second
	// leastWait is the same where less time is left altogether.
	leastWait = 500 * time.Millisecond
	// maxStray is how many datagrams that answer nothing are passed over for one request.
	maxStray = 64
)

var errStray = errors.New("too many datagrams that answer nothing")

// udpWay is the way to a tracker over UDP (BEP 15) and one family. Every announce has a socket and a
// connection id of its own: the next one is minutes away, when the id is void.
type udpWay struct {
	dialer Dialer
	family string // udp4 or udp6
	url    *url.URL
}

// addressSize is how many bytes the addresses of peers have that come over the family.
func (w *udpWay) addressSize() int {
	if w.family == "udp6" {
		return 16
	}
	return 4
}

func (w *udpWay) announce(ctx context.Context, r request) (answer *reply, err error) {
	options := urlOptions(w.url)
	err = w.talk(ctx, func(x *exchange, id uint64) error {
		b, err := x.ask(ctx, func(transaction uint32) []byte { return r.announcePacket(id, transaction, options) })
		if err != nil {
			return err
		}
		if answer, err = parseAnnounceReply(b, w.addressSize()); err != nil {
			return fmt.Errorf("announce to tracker: %w", err)
		}
		return nil
	})
	return answer, err
}

func (w *udpWay) scrape(ctx context.Context, hashes [][20]byte) (answer *census, err error) {
	err = w.talk(ctx, func(x *exchange, id uint64) error {
		b, err := x.ask(ctx, func(transaction uint32) []byte { return scrapePacket(id, transaction, hashes) })
		if err != nil {
			return err
		}
		if answer, err = parseScrapeReply(b, len(hashes)); err != nil {
			return fmt.Errorf("scrape tracker: %w", err)
		}
		return nil
	})
	return answer, err
}

// talk opens a socket, has a connection id given for it and asks. All of it takes no longer than an
// attempt may, which is what a connection id lives.
func (w *udpWay) talk(ctx context.Context, ask func(x *exchange, id uint64) error) error {
	conn, err := w.dialer.DialContext(ctx, w.family, w.url.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	// A context that ends wakes the read by a deadline that has passed.
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // the socket may be closed by now
		close(woken)
	})
	defer func() {
		if !stop() {
			<-woken
		}
	}()
	x := &exchange{conn: conn, buf: make([]byte, announceSize+maxPeers*(w.addressSize()+2))}
	b, err := x.ask(ctx, connectPacket)
	if err != nil {
		return err
	}
	id, err := parseConnectReply(b)
	if err != nil {
		return fmt.Errorf("connect to tracker: %w", err)
	}
	return ask(x, id)
}

// exchange is a conversation with one tracker over one socket.
type exchange struct {
	conn net.Conn
	buf  []byte
}

// ask sends a packet until there is an answer to it, for as long as ctx allows. The answer is valid
// until the next call.
func (x *exchange) ask(ctx context.Context, packet func(transaction uint32) []byte) ([]byte, error) {
	transaction := rand.Uint32()
	b := packet(transaction)
	stray := 0
	for wait := patience(ctx); ; wait *= 2 {
		if _, err := x.conn.Write(b); err != nil {
			return nil, gone(ctx, err)
		}
		answer, err := x.match(ctx, transaction, time.Now().Add(wait), &stray)
		if err == nil {
			return answer, nil
		}
		if ctx.Err() != nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, gone(ctx, err)
		}
	}
}

// match reads until a datagram answers the transaction or the deadline passes.
func (x *exchange) match(ctx context.Context, transaction uint32, deadline time.Time, stray *int) ([]byte, error) {
	for {
		answer, err := x.read(ctx, deadline)
		if err != nil {
			return nil, err
		}
		if len(answer) >= 8 && binary.BigEndian.Uint32(answer[4:]) == transaction {
			return answer, nil
		}
		if *stray++; *stray > maxStray {
			return nil, errStray
		}
	}
}

// read waits for one datagram.
func (x *exchange) read(ctx context.Context, deadline time.Time) ([]byte, error) {
	if err := x.conn.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	// The context may have ended just before, and its deadline is overwritten then.
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	n, err := x.conn.Read(x.buf)
	return x.buf[:n], err
}

// patience is how long to wait before the first repetition.
func patience(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return firstWait
	}
	return min(firstWait, max(time.Until(end)/3, leastWait))
}

// gone is the error of a socket, or of the context if that is why.
func gone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
