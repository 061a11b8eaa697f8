package ui

import (
	"math"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 64 << 20: "64.0 MiB",
		1<<20 - 1: "1.0 MiB", 1<<20 - 60: "1023.9 KiB", 1<<30 - 1: "1.0 GiB",
		5 << 40: "5.0 TiB", 3 << 50: "3.0 PiB", math.MaxInt64: "8.0 EiB", -1: "-1 B", -2048: "-2.0 KiB", math.MinInt64: "-8.0 EiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	if got := Rate(12_345_678); got != "11.8 MiB/s" {
		t.Errorf("Rate = %q", got)
	}
	for n, want := range map[int64]string{0: "0B/s", 1023: "1023B/s", 64 << 20: "64.0M/s", 512 << 20: "512M/s", 1023 << 20: "1023M/s"} {
		if got := ShortRate(n); got != want {
			t.Errorf("ShortRate(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", time.Nanosecond: "0.1s", 420 * time.Millisecond: "0.4s",
		949 * time.Millisecond: "0.9s", 950 * time.Millisecond: "1s", 59*time.Second + 499*time.Millisecond: "59s",
		59*time.Second + 500*time.Millisecond: "1m00s", 80 * time.Second: "1m20s", time.Hour: "1h00m",
		time.Hour - time.Millisecond: "1h00m", 26 * time.Hour: "1d02h", 100 * 24 * time.Hour: "100d00h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 peers", 1: "1 peer", 2: "2 peers", 2000: "2,000 peers"} {
		if got := Plural(n, "peer"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	tests := []struct {
		done, total int64
		want        string
	}{
		{0, 0, "0%"}, {1, 0, "0%"}, {-1, 5, "0%"}, {1, 3, "33%"}, {999, 1000, "99%"}, {1000, 1000, "100%"}, {7, 5, "100%"},
		{math.MaxInt64 - 1, math.MaxInt64, "99%"},
	}
	for _, tt := range tests {
		if got := Percent(tt.done, tt.total); got != tt.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", tt.done, tt.total, got, tt.want)
		}
	}
}
