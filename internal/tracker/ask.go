package tracker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// otherFamilyGrace is how long the second family may take after the first one answered.
const otherFamilyGrace = 5 * time.Second

// way is one way to a tracker: a protocol over a family.
type way func(context.Context, request) (*reply, error)

// outcome is what came of one way.
type outcome struct {
	index int
	reply *reply
	err   error
}

// ask goes all ways to the tracker at once, and gives the answers as one; an error is one only if no
// way led to an answer. Peers are handed on as they come.
func (e *endpoint) ask(ctx context.Context, req request) (*reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan outcome)
	for i, w := range e.ways {
		go func() {
			r, err := w(ctx, req)
			results <- outcome{i, r, err}
		}()
	}
	var merged *reply
	failures := make([]error, len(e.ways))
	var grace *time.Timer
	for range e.ways {
		o := <-results
		if o.err != nil {
			failures[o.index] = o.err
			continue
		}
		e.handOn(o.reply)
		merged = merged.with(o.reply)
		if grace == nil {
			grace = time.AfterFunc(otherFamilyGrace, func() { cancel(nil) })
			defer grace.Stop()
		}
	}
	if merged != nil {
		return merged, nil
	}
	return nil, e.clean(gravest(failures))
}

// handOn gives the caller what an answer brought.
func (e *endpoint) handOn(r *reply) {
	if len(r.peers) > 0 && e.a.cfg.Found != nil {
		e.a.cfg.Found(r.peers)
	}
	if r.external.IsValid() && e.a.cfg.External != nil {
		e.a.cfg.External(r.external)
	}
}

// gravest picks the error to show of those over several families: what the tracker itself said, then
// anything but that a family is missing, then the first.
func gravest(errs []error) error {
	var best error
	for _, err := range errs {
		if err == nil {
			continue
		}
		if best == nil || weight(err) > weight(best) {
			best = err
		}
	}
	return best
}

func weight(err error) int {
	if _, ok := errors.AsType[*Failure](err); ok {
		return 2
	}
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return 0
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return 0
	}
	if network.MissingFamily(err) {
		return 0
	}
	return 1
}

// clean gives an error of one of the ways without the secrets of the tracker's URL.
func (e *endpoint) clean(err error) error {
	for outer := new(url.Error); errors.As(err, &outer); {
		err = outer.Err
	}
	if refusal, ok := errors.AsType[*Failure](err); ok {
		refusal.Reason = scrub(refusal.Reason, e.secrets)
		return refusal // alone: what is wrapped around it repeats the reason as it was
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	}
	text := err.Error()
	short := bounded(scrub(text, e.secrets))
	if short == text {
		return err
	}
	return &cleaned{short, err}
}

// cleaned shows another text than the error that it wraps.
type cleaned struct {
	text string
	err  error
}

func (c *cleaned) Error() string { return c.text }
func (c *cleaned) Unwrap() error { return c.err }
