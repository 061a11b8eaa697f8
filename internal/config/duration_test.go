package config

import (
	"math"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "90": 90 * time.Second, "1.5": 1500 * time.Millisecond, "90s": 90 * time.Second, "2h": 2 * time.Hour, "1d": day, "2w": 14 * day,
		"1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "1h 30m": 90 * time.Minute, " 5M ": 5 * time.Minute, "250ms": 250 * time.Millisecond,
		"1.5h": 90 * time.Minute, "0.5d": 12 * time.Hour, "3us": 3 * time.Microsecond, "3µs": 3 * time.Microsecond, "7ns": 7,
		"9223372036s": 9223372036 * time.Second,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"": "no number", "h": "no number", "-5s": "no number", "soon": "no number", "5x": "unknown unit", "5 y": "unknown unit", "1h30": "unknown unit",
		"5sm": "unknown unit", "1.2.3s": "no number", ".": "no number", "9223372037s": "too large", "200000d 200000d": "too large", "1e3": "unknown unit",
	} {
		if got, err := ParseDuration(in); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("ParseDuration(%q) = %v, %v, want %q", in, got, err, why)
		}
	}
}

func TestDurationsReadBack(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		time.Hour + time.Second: "1h0m1s", day: "1d", 36 * time.Hour: "1d12h", 10 * time.Minute: "10m", 1500 * time.Millisecond: "1.5s",
		math.MaxInt64: "106751d23h47m16.854775807s",
	} {
		v := Duration(d)
		if got := v.String(); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
		var back Duration
		if err := back.Set(v.String()); err != nil || back != v {
			t.Errorf("%q is read as %v, %v", v.String(), time.Duration(back), err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90s", "1d12h", "1.5h", "90", "9223372037s", "5x", "1h 30m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		v := Duration(d)
		if back, err := ParseDuration(v.String()); d < 0 || err != nil || back != d {
			t.Fatalf("%q is %v, written %q, read as %v, %v", s, d, v.String(), back, err)
		}
	})
}
