package dht

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

const (
	// resendTime is how long a query waits for its answer before it is sent once more, or given up.
	resendTime = time.Second
	queryTries = 2

	tidSize = 4 // of our transaction ids: bytes of chance, that nobody guesses
)

var (
	errNoAnswer = errors.New("no answer")
	errRefused  = errors.New("answered with an error")
	errOurself  = errors.New("it is this node")
)

// exchange matches responses to queries under way. The zero value is ready for use.
type exchange struct {
	mu    sync.Mutex
	under map[[tidSize]byte]*asking
}

// asking is a query under way.
type asking struct {
	to     netip.AddrPort
	answer chan packet // has room for one
}

func (x *exchange) begin(to netip.AddrPort) (tid [tidSize]byte, a *asking) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.under == nil {
		x.under = map[[tidSize]byte]*asking{}
	}
	for {
		rand.Read(tid[:])
		if x.under[tid] == nil {
			a = &asking{to: to, answer: make(chan packet, 1)}
			x.under[tid] = a
			return tid, a
		}
	}
}

func (x *exchange) end(tid [tidSize]byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.under, tid)
}

// deliver hands a response or an error to the query that it answers. It must come from where the query went
// and bear its transaction id; all else is dropped. The first one counts.
func (x *exchange) deliver(p packet, from netip.AddrPort) {
	if len(p.tid) != tidSize {
		return
	}
	x.mu.Lock()
	a := x.under[[tidSize]byte(p.tid)]
	x.mu.Unlock()
	if a == nil || a.to != from {
		return
	}
	p.tid, p.token, p.samples = nil, bytes.Clone(p.token), nil // they lie in the read buffer
	select {
	case a.answer <- p:
	default:
	}
}

// query asks a node and returns its response. It waits for its turn to send, and sends twice at most. A
// node that answered is in the routing table afterwards if there was room.
func (f *family) query(ctx context.Context, to netip.AddrPort, q packet) (r packet, err error) {
	if err := f.node.asking.Wait(ctx); err != nil {
		return r, fmt.Errorf("query %s at %s: %w", q.method, to, err)
	}
	return f.send(ctx, to, q, queryTries)
}

// send is query for whoever has waited for the turn, with a number of tries.
func (f *family) send(ctx context.Context, to netip.AddrPort, q packet, tries int) (r packet, err error) {
	tid, a := f.exchange.begin(to)
	defer f.exchange.end(tid)
	q.kind, q.tid, q.signed = 'q', tid[:], true
	began := time.Now()
	for try := range tries {
		if try > 0 {
			err = f.node.asking.Wait(ctx)
		}
		if err == nil {
			q.sender, q.readOnly = f.table.self(), f.readOnly()
			err = f.write(q.append(nil), to)
		}
		if err != nil {
			return r, fmt.Errorf("query %s at %s: %w", q.method, to, err)
		}
		timer := time.NewTimer(resendTime)
		select {
		case r := <-a.answer:
			timer.Stop()
			return f.answered(to, &q, r)
		case <-ctx.Done():
			timer.Stop()
			return r, fmt.Errorf("query %s at %s: %w", q.method, to, ctx.Err())
		case <-timer.C:
		}
	}
	f.silent(to, began)
	return r, fmt.Errorf("query %s at %s: %w", q.method, to, errNoAnswer)
}

// answered takes in what every response tells, whatever was asked.
func (f *family) answered(to netip.AddrPort, q *packet, r packet) (packet, error) {
	if r.kind != 'r' {
		return r, fmt.Errorf("query %s at %s: %w, code %d", q.method, to, errRefused, r.code)
	}
	if r.sender == f.table.self() {
		return r, fmt.Errorf("query %s at %s: %w", q.method, to, errOurself)
	}
	f.heardAt.Store(time.Now().UnixNano())
	who := contact{r.sender, to}
	f.external.add(who, r.observed.Addr())
	f.located()
	if f.table.heard(who) {
		if _, all := f.table.count(); all <= 2*fewNodes {
			f.node.news.fire()
		}
	}
	return r, nil
}

// silent notes that a node did not answer. It is held against it only if another did meanwhile: else it may
// be our own network that is down, which is no reason to forget everybody.
func (f *family) silent(to netip.AddrPort, began time.Time) {
	if f.heardAt.Load() <= began.UnixNano() {
		return
	}
	if spare := f.table.failed(to); spare.IsValid() {
		f.meet(spare)
	}
}
