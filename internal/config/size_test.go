package config

import (
	"math"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

var (
	_ pflag.Value = new(Size)
	_ pflag.Value = new(Rate)
	_ pflag.Value = new(Duration)
)

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "1": 1, "512": 512, "512b": 512, "10k": 10 << 10, "10K": 10 << 10, "10KiB": 10 << 10, "10kb": 10_000, "10KB": 10_000,
		"10M": 10 << 20, "10MiB": 10 << 20, "10 MiB": 10 << 20, " 10m ": 10 << 20, "10MB": 10_000_000,
		"1.5G": 3 << 29, "0.5": 0, ".5k": 512, "2.k": 2048, "1T": 1 << 40, "1TB": 1e12, "8P": 8 << 50, "1PiB": 1 << 50, "1PB": 1e15,
		"0.1M": 104857, "9223372036854775807": math.MaxInt64, "8191.5P": 8191<<50 + 1<<49, "1.0000000000000000000000001G": 1 << 30,
		"00010": 10,
	} {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
}

func TestParseSizeRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"": "no number", "M": "no number", "-1": "no number", "+1": "no number", "-5M": "no number", ".": "no number", ".M": "no number",
		"1..2": "no number", "1.2.3M": "no number", "1e6": "no number", "0x10": "no number", "10Q": "unknown unit \"q\"", "10MiBs": "unknown unit \"mibs\"",
		"10M/s": "unknown unit \"m/s\"", "9223372036854775808": "too large", "8192P": "too large", "99999999999999999999999": "too large", "nan": "unknown unit",
		"١٠": "unknown unit", "1.23456789x": "unknown unit", "1.123456789.M": "no number",
	} {
		if got, err := ParseSize(in); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "is not a size") {
			t.Errorf("ParseSize(%q) = %d, %v, want %q", in, got, err, why)
		}
	}
}

func TestParseRate(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "10M": 10 << 20, "10MiB/s": 10 << 20, "10 MiB /S": 10 << 20, "500k/s": 500 << 10, "1/s": 1} {
		if got, err := ParseRate(in); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "/s", "10M/h", "-1", "unlimited", "10Mbit"} {
		if _, err := ParseRate(in); err == nil || !strings.Contains(err.Error(), "0 is unlimited") {
			t.Errorf("ParseRate(%q): %v", in, err)
		}
	}
}

func TestSizeAsFlag(t *testing.T) {
	fs := pflag.NewFlagSet("get", pflag.ContinueOnError)
	free, down := Size(3<<20), Rate(0)
	fs.Var(&free, "min-free", "never fill the disk beyond")
	fs.Var(&down, "down", "limit")
	if got := fs.FlagUsages(); !strings.Contains(got, "--min-free size") || !strings.Contains(got, "(default 3MiB)") || !strings.Contains(got, "--down rate") {
		t.Errorf("usage:\n%s", got)
	}
	if err := fs.Parse([]string{"--min-free", "1.5G", "--down=10k"}); err != nil || free != 3<<29 || down != 10<<10 {
		t.Errorf("%d %d %v", free, down, err)
	}
	err := fs.Parse([]string{"--down", "fast"})
	if err == nil || err.Error() != `invalid argument "fast" for "--down" flag: "fast" is not a rate: unknown unit "fast" (write 500k, 10MiB, or a number of bytes a second; 0 is unlimited)` {
		t.Errorf("got %v", err)
	}
	if down != 10<<10 {
		t.Error("a refused value changed the flag")
	}
}

func TestSizesReadBack(t *testing.T) {
	for _, n := range []int64{0, 1, 1023, 1024, 1025, 1 << 20, 3 << 29, 1 << 62, math.MaxInt64, 1000} {
		z := Size(n)
		if got, err := ParseSize(z.String()); err != nil || got != n {
			t.Errorf("%d is written %q and read as %d, %v", n, z.String(), got, err)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"10MiB", "1.5G", "0", ".5k", "9223372036854775807", "8192P", "1.9999999999999P", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err != nil {
			return
		}
		z := Size(n)
		if back, err := ParseSize(z.String()); n < 0 || err != nil || back != n {
			t.Fatalf("%q is %d, written %q, read as %d, %v", s, n, z.String(), back, err)
		}
		if r, err := ParseRate(s); err != nil || r != n {
			t.Fatalf("%q as a rate: %d, %v", s, r, err)
		}
	})
}
