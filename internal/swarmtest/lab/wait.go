package lab

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Within returns a context that ends after d, or with the test.
func Within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// Poll asks until the answer is yes. The last error goes into what it returns when ctx ends first.
func Poll(ctx context.Context, what string, ask func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := ask()
		if yes {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("wait for %s: %w; last answer: %w", what, ctx.Err(), err)
			}
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}
