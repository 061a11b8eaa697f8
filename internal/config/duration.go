package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	errNoNumber = errors.New("no number")
	errTooLarge = errors.New("too large")
)

// Duration is a span of time as a flag: 90s, 2h, 1d12h, or a bare number of seconds. It implements
// pflag.Value.
type Duration time.Duration

// Set parses s with ParseDuration.
func (d *Duration) Set(s string) error {
	t, err := ParseDuration(s)
	if err == nil {
		*d = Duration(t)
	}
	return err
}

// String writes the duration so that Set reads back exactly the same span.
func (d *Duration) String() string { return formatDuration(time.Duration(*d)) }

// Type is what the help text calls a value of this kind.
func (d *Duration) Type() string { return "duration" }

var spans = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseDuration reads a span of time that is not negative: numbers with units from ns to w, one after
// the other (1h30m, 1.5h, 2d), or a bare number of seconds.
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseSpans(strings.ToLower(strings.TrimSpace(s)))
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: %w (write 90s, 5m, 2h, 1d, or a number of seconds)", s, err)
	}
	return d, nil
}

func parseSpans(s string) (time.Duration, error) {
	if s == "" {
		return 0, errNoNumber
	}
	if strings.Trim(s, "0123456789.") == "" {
		n, err := scale(s, int64(time.Second))
		return time.Duration(n), err
	}
	var total time.Duration
	for s != "" {
		number := s[:len(s)-len(strings.TrimLeft(s, "0123456789."))]
		s = s[len(number):]
		unit := s[:len(s)-len(strings.TrimLeft(s, "nuµmshdw"))]
		s = s[len(unit):]
		span, ok := spans[unit]
		switch {
		case number == "":
			return 0, errNoNumber
		case !ok:
			return 0, fmt.Errorf("unknown unit %q", unit)
		}
		n, err := scale(number, int64(span))
		if err != nil {
			return 0, err
		}
		if total += time.Duration(n); total < 0 {
			return 0, errTooLarge
		}
		s = strings.TrimLeft(s, " ")
	}
	return total, nil
}

// formatDuration is what time.Duration writes, without the zero parts at the end and with days.
func formatDuration(d time.Duration) string {
	days := d / (24 * time.Hour)
	rest := (d % (24 * time.Hour)).String()
	if strings.HasSuffix(rest, "m0s") {
		rest = strings.TrimSuffix(rest, "0s")
	}
	if strings.HasSuffix(rest, "h0m") {
		rest = strings.TrimSuffix(rest, "0m")
	}
	switch {
	case days == 0:
		return rest
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%s", days, rest)
}
