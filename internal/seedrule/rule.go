// Package seedrule owns the small language that says until when a torrent is seeded, as in
// `ratio>=2 && seeders>=3`: what a rule may say, what it means, and what is wrong with one that cannot
// be understood. It must not know where the values come from, or what is done once a rule holds.
//
// A rule compares words with constants or with each other, by < <= > >= == !=, and joins comparisons
// by && || ! and parentheses; `and`, `or` and `not` mean the same, for shells that have ideas of their
// own about the signs. The words:
//
//	ratio                     bytes sent for each byte of the content, over all runs
//	uploaded                  bytes sent, over all runs: 500M, 1.5GiB
//	time                      how long it was seeded, over all runs: 90s, 2h, 1d12h
//	idle                      how long nothing has been sent
//	peers                     connected peers
//	seeders, leechers         of the whole swarm, as far as somebody has told
//
// Nothing is concluded from what is not known: where a rule hangs on the number of seeders and nobody
// has told it, the rule does not hold, negated or not.
package seedrule

import (
	"fmt"
	"time"
)

// Values are what a rule is held against.
type Values struct {
	Ratio    float64       // bytes sent for each byte of the content, over all runs
	Uploaded int64         // bytes sent, over all runs
	Time     time.Duration // of seeding, over all runs
	Idle     time.Duration // since the last byte was sent
	Peers    int           // connected
	Seeders  int           // of the swarm; negative is unknown
	Leechers int           // of the swarm; negative is unknown
}

// Rule is a rule that was understood. It is immutable; use Parse.
type Rule struct {
	text string
	root node
}

// String is the rule as it was given to Parse.
func (r *Rule) String() string { return r.text }

// Holds says whether the rule is fulfilled for certain.
func (r *Rule) Holds(v Values) bool { return r.root.truth(&v) == yes }

// Error is what is wrong with a rule.
type Error struct {
	Rule   string
	Pos    int // where in it, in bytes
	Reason string
}

// Error reads "column N: reason", counting characters from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("column %d: %s", len([]rune(e.Rule[:e.Pos]))+1, e.Reason)
}

// truth is what is known of a statement. The order matters: of two statements joined by && the lesser
// counts, by || the greater.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

// node is a statement.
type node interface{ truth(v *Values) truth }

type (
	both    struct{ a, b node }
	either  struct{ a, b node }
	negated struct{ a node }
)

func (n both) truth(v *Values) truth    { return min(n.a.truth(v), n.b.truth(v)) }
func (n either) truth(v *Values) truth  { return max(n.a.truth(v), n.b.truth(v)) }
func (n negated) truth(v *Values) truth { return yes - n.a.truth(v) }

// comparison is a statement about two numbers.
type comparison struct {
	a, b operand
	op   string
}

func (n comparison) truth(v *Values) truth {
	a, b := n.a(v), n.b(v)
	if a < 0 || b < 0 {
		return unknown
	}
	if compare(a, n.op, b) {
		return yes
	}
	return no
}

// operand gives a number; negative is unknown. Times are in seconds, sizes in bytes.
type operand func(v *Values) float64

func compare(a float64, op string, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "==":
		return a == b
	}
	return a != b
}
