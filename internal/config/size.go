package config

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Size is a number of bytes as a flag: 10MiB, 10M, 10k, 1.5G, or a bare number of bytes. It
// implements pflag.Value.
type Size int64

// Set parses s with ParseSize.
func (z *Size) Set(s string) error {
	n, err := ParseSize(s)
	if err == nil {
		*z = Size(n)
	}
	return err
}

// String writes the size so that Set reads back exactly the same number.
func (z *Size) String() string { return formatSize(int64(*z)) }

// Type is what the help text calls a value of this kind.
func (z *Size) Type() string { return "size" }

// Rate is a number of bytes a second as a flag, written like a Size with an optional "/s". Zero is no
// limit. It implements pflag.Value.
type Rate int64

// Set parses s with ParseRate.
func (r *Rate) Set(s string) error {
	n, err := ParseRate(s)
	if err == nil {
		*r = Rate(n)
	}
	return err
}

// String writes the rate so that Set reads back exactly the same number.
func (r *Rate) String() string { return formatSize(int64(*r)) }

// Type is what the help text calls a value of this kind.
func (r *Rate) Type() string { return "rate" }

// The units are read as GNU tools read them: a letter alone and the form with "i" are powers of 1024,
// the form with "B" alone is a power of 1000.
var units = map[string]int64{
	"": 1, "b": 1,
	"k": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
	"p": 1 << 50, "pib": 1 << 50, "pb": 1e15,
}

// ParseSize reads a number of bytes: digits, perhaps with a fraction, then perhaps a unit in either
// case. K, M, G, T, P and KiB, MiB and so on are powers of 1024; KB, MB and so on of 1000. Parts of a
// byte are dropped.
func ParseSize(s string) (int64, error) {
	n, err := parseBytes(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: %w (write 500k, 10MiB, 1.5G, or a number of bytes)", s, err)
	}
	return n, nil
}

// ParseRate reads a number of bytes a second: a size, perhaps followed by "/s". Zero means unlimited.
func ParseRate(s string) (int64, error) {
	t := strings.TrimSpace(s)
	if i := len(t) - len("/s"); i > 0 && strings.EqualFold(t[i:], "/s") {
		t = strings.TrimSpace(t[:i])
	}
	n, err := parseBytes(t)
	if err != nil {
		return 0, fmt.Errorf("%q is not a rate: %w (write 500k, 10MiB, or a number of bytes a second; 0 is unlimited)", s, err)
	}
	return n, nil
}

func parseBytes(s string) (int64, error) {
	end := strings.LastIndexAny(s, "0123456789.") + 1
	number, unit := s[:end], strings.ToLower(strings.TrimSpace(s[end:]))
	mult, ok := units[unit]
	if !ok {
		return 0, fmt.Errorf("unknown unit %q", unit)
	}
	return scale(number, mult)
}

// scale multiplies a decimal number that may have a fraction with unit, without the rounding of
// floating point. It refuses what is negative or does not fit.
func scale(number string, unit int64) (int64, error) {
	whole, fraction, _ := strings.Cut(number, ".")
	if whole == "" && fraction == "" {
		return 0, errNoNumber
	}
	n, err := digits(whole)
	if err != nil {
		return 0, err
	}
	hi, lo := bits.Mul64(n, uint64(unit))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, errTooLarge
	}
	if len(fraction) > 9 { // finer than any unit needs
		if _, err := digits(fraction[9:]); err != nil && !errors.Is(err, errTooLarge) {
			return 0, err
		}
		fraction = fraction[:9]
	}
	f, err := digits(fraction)
	if err != nil {
		return 0, err
	}
	hi, part := bits.Mul64(f, uint64(unit))
	part, _ = bits.Div64(hi, part, uint64(math.Pow10(len(fraction))))
	if lo+part > math.MaxInt64 {
		return 0, errTooLarge
	}
	return int64(lo + part), nil
}

// digits reads an unsigned decimal number; nothing at all is zero.
func digits(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, errNoNumber
		}
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, errTooLarge
	}
	return n, nil
}

// formatSize writes n in the largest power of 1024 that divides it.
func formatSize(n int64) string {
	if n == 0 {
		return "0"
	}
	unit := 0
	for n%1024 == 0 && unit < 5 {
		n /= 1024
		unit++
	}
	return strconv.FormatInt(n, 10) + [...]string{"", "KiB", "MiB", "GiB", "TiB", "PiB"}[unit]
}
