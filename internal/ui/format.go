package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bytes writes a number of bytes for people: "512 B", "64.0 MiB". Units are powers of 1024.
func Bytes(n int64) string {
	number, unit := binary(n)
	if unit == "" {
		return number + " B"
	}
	return number + " " + unit + "iB"
}

// Rate writes bytes a second for people: "64.0 MiB/s".
func Rate(bytesPerSecond int64) string { return Bytes(bytesPerSecond) + "/s" }

// ShortRate is Rate for narrow places: "64.0M/s", "512M/s".
func ShortRate(bytesPerSecond int64) string {
	number, unit := binary(bytesPerSecond)
	if unit == "" {
		unit = "B"
	}
	if whole, _, _ := strings.Cut(number, "."); len(whole) > 2 {
		number = whole
	}
	return number + unit + "/s"
}

// binary scales n to a number below 1024 and the letter of its unit, "" for bytes.
func binary(n int64) (number, unit string) {
	if n > -1024 && n < 1024 {
		return strconv.FormatInt(n, 10), ""
	}
	v := float64(n)
	i := -1
	// What would be written as 1024.0 belongs to the next unit.
	for ; v <= -1023.95 || v >= 1023.95; i++ {
		v /= 1024
	}
	return fmt.Sprintf("%.1f", v), "KMGTPE"[max(i, 0) : max(i, 0)+1]
}

// Duration writes a span of time for people, in two units at most: "0.4s", "42s", "1m20s", "2h05m",
// "3d04h". What is negative is "0s".
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < 950*time.Millisecond:
		return fmt.Sprintf("%.1fs", max(d, 100*time.Millisecond).Seconds())
	}
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 60*60:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 24*60*60:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// Count writes a whole number with its thousands set apart: "1,234,567".
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Plural writes a count with its noun: "1 peer", "2 peers", "1,024 pieces".
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Percent writes done of total, rounded down, so that only what is complete shows "100%".
func Percent(done, total int64) string {
	return strconv.Itoa(percent(done, total)) + "%"
}

func percent(done, total int64) int {
	switch {
	case total <= 0 || done <= 0:
		return 0
	case done >= total:
		return 100
	}
	return min(int(float64(done)/float64(total)*100), 99)
}
