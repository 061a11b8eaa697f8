package seedrule

import (
	"strings"
	"unicode/utf8"
)

// tokenKind is what a token is.
type tokenKind int8

const (
	theEnd      tokenKind = iota
	aName                 // of a value
	aConstant             // digits and what follows them: 2, 1.5, 10GiB, 2h30m
	aComparison           // < <= > >= == !=
	aJoint                // && || ! ( )
	aStranger             // anything else
)

// token is a piece of a rule that stands for itself.
type token struct {
	kind tokenKind
	text string // in its one spelling: and is &&
	pos  int    // in bytes
}

// is says whether a token is the joint with this text.
func (t token) is(joint string) bool { return t.kind == aJoint && t.text == joint }

// spelledOut are the words that stand for signs.
var spelledOut = map[string]string{"and": "&&", "or": "||", "not": "!"}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	digits  = "0123456789."
)

// scan reads the token that begins at or after pos, and tells where what follows it begins.
func scan(text string, pos int) (t token, rest int) {
	rest = len(text) - len(strings.TrimLeft(text[pos:], " \t\r\n"))
	t.pos = rest
	in := text[rest:]
	switch {
	case in == "":
		return t, rest
	case strings.ContainsRune(digits, rune(in[0])):
		t.kind, t.text = aConstant, in[:span(in, digits+letters+"µ")]
	case strings.ContainsRune(letters, rune(in[0])):
		t.kind, t.text = aName, in[:span(in, letters+digits)]
		rest += len(t.text)
		if joint, ok := spelledOut[strings.ToLower(t.text)]; ok {
			t.kind, t.text = aJoint, joint
		}
		return t, rest
	default:
		t.kind, t.text = sign(in)
	}
	return t, rest + len(t.text)
}

// span is how many bytes of text are of the set.
func span(text, set string) int { return len(text) - len(strings.TrimLeft(text, set)) }

// sign reads a token of neither letters nor digits.
func sign(in string) (tokenKind, string) {
	for _, s := range []string{"<=", ">=", "==", "!=", "<", ">"} {
		if strings.HasPrefix(in, s) {
			return aComparison, s
		}
	}
	for _, s := range []string{"&&", "||", "!", "(", ")"} {
		if strings.HasPrefix(in, s) {
			return aJoint, s
		}
	}
	_, n := utf8.DecodeRuneInString(in)
	return aStranger, in[:n]
}
