package tracker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// otherFamilyGrace is how long the second family may take after the first one answered.
const otherFamilyGrace = 5 * time.Second

// ask puts a question over all ways to a tracker at once, and hands the answers to take, one after
// the other, as they come. An error is one only if no way led to an answer.
func ask[A any](ctx context.Context, t *target, question func(context.Context, way) (A, error), take func(A)) error {
	type outcome struct {
		index  int
		answer A
		err    error
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan outcome)
	for i, w := range t.ways {
		go func() {
			a, err := question(ctx, w)
			results <- outcome{i, a, err}
		}()
	}
	failures := make([]error, len(t.ways))
	var grace *time.Timer
	for range t.ways {
		o := <-results
		if o.err != nil {
			failures[o.index] = o.err
			continue
		}
		take(o.answer)
		if grace == nil {
			grace = time.AfterFunc(otherFamilyGrace, func() { cancel(nil) })
			defer grace.Stop()
		}
	}
	if grace != nil {
		return nil
	}
	return t.clean(gravest(failures))
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

// clean gives an error of one of the ways without the secrets of the tracker's URL, and no longer than
// a text may be.
func (t *target) clean(err error) error {
	for outer := new(url.Error); errors.As(err, &outer); {
		err = outer.Err
	}
	if refusal, ok := errors.AsType[*Failure](err); ok {
		refusal.Reason = t.text(refusal.Reason)
		return refusal // alone: what is wrapped around it repeats the reason as it was
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	}
	was := err.Error()
	short := t.text(was)
	if short == was {
		return err
	}
	return &cleaned{short, err}
}

// text makes a text that the tracker or a library wrote fit to be shown.
func (t *target) text(s string) string { return scrub(s, t.secrets) }

// cleaned shows another text than the error that it wraps.
type cleaned struct {
	text string
	err  error
}

func (c *cleaned) Error() string { return c.text }
func (c *cleaned) Unwrap() error { return c.err }

// offline reports whether an error says that nothing left this machine: the tracker is not to blame
// then, and asking again is no burden to it.
func offline(err error) bool {
	if network.MissingFamily(err) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return true // no way out, or no socket left
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && !dns.IsNotFound && (dns.IsTemporary || dns.IsTimeout)
}
