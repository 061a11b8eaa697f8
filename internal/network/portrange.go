package network

import (
	"fmt"
	"strconv"
	"strings"
)

// PortRange is an inclusive range of port numbers to try in order. The zero value means any free
// port that the system picks.
type PortRange struct {
	First, Last uint16
}

// ParsePortRange reads "6881-6889", "6881", or "0" for any free port.
func ParsePortRange(s string) (PortRange, error) {
	first, last, dash := strings.Cut(s, "-")
	if !dash {
		last = first
	}
	var r PortRange
	for _, part := range []struct {
		text string
		to   *uint16
	}{{first, &r.First}, {last, &r.Last}} {
		n, err := strconv.ParseUint(part.text, 10, 16)
		if err != nil {
			return PortRange{}, fmt.Errorf("parse port range %q: want N or N-M with ports from 0 to 65535", s)
		}
		*part.to = uint16(n)
	}
	if err := r.validate(); err != nil {
		return PortRange{}, fmt.Errorf("parse port range %q: %w", s, err)
	}
	return r, nil
}

// String gives the form that ParsePortRange reads.
func (r PortRange) String() string {
	if r.First == r.Last {
		return strconv.Itoa(int(r.First))
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Any reports whether the system is to pick the port.
func (r PortRange) Any() bool { return r == PortRange{} }

func (r PortRange) validate() error {
	switch {
	case r.Any():
		return nil
	case r.First == 0:
		return fmt.Errorf("port 0 means any port and starts no range")
	case r.Last < r.First:
		return fmt.Errorf("the last port is below the first")
	}
	return nil
}
