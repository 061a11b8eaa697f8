package seedrule

import (
	"errors"
	"fmt"
	"strings"
)

// Bounds of a rule: nobody types more, and a parser that calls itself needs an end.
const (
	MaxLength = 1000 // bytes
	MaxDepth  = 50   // of parentheses and negations
)

// Parse reads a rule. What cannot be understood is an *Error that says where.
func Parse(text string) (*Rule, error) {
	if len(text) > MaxLength {
		return nil, &Error{text, MaxLength, fmt.Sprintf("the rule is longer than %d bytes", MaxLength)}
	}
	p := &parser{text: text}
	p.next()
	root, err := p.any(0)
	if err == nil && p.token.kind != theEnd {
		err = p.leftOver()
	}
	if err != nil {
		return nil, err
	}
	return &Rule{text, root}, nil
}

// parser reads a rule from left to right; token is what comes next.
type parser struct {
	text  string
	rest  int // where what follows the token begins
	token token
}

func (p *parser) next() { p.token, p.rest = scan(p.text, p.rest) }

// fail is an error at the token that comes next.
func (p *parser) fail(format string, args ...any) error {
	return &Error{p.text, p.token.pos, fmt.Sprintf(format, args...)}
}

// any reads statements joined by ||.
func (p *parser) any(depth int) (node, error) {
	a, err := p.all(depth)
	for err == nil && p.token.is("||") {
		p.next()
		var b node
		b, err = p.all(depth)
		a = either{a, b}
	}
	return a, err
}

// all reads statements joined by &&.
func (p *parser) all(depth int) (node, error) {
	a, err := p.one(depth)
	for err == nil && p.token.is("&&") {
		p.next()
		var b node
		b, err = p.one(depth)
		a = both{a, b}
	}
	return a, err
}

// one reads a comparison, a negation, or a statement in parentheses.
func (p *parser) one(depth int) (node, error) {
	if depth > MaxDepth {
		return nil, p.fail("more than %d parentheses or negations in each other", MaxDepth)
	}
	switch {
	case p.token.is("!"):
		p.next()
		a, err := p.one(depth + 1)
		return negated{a}, err
	case p.token.is("("):
		open := p.token.pos
		p.next()
		a, err := p.any(depth + 1)
		switch {
		case err != nil:
			return nil, err
		case p.token.kind == theEnd:
			return nil, &Error{p.text, open, "this parenthesis is not closed"}
		case !p.token.is(")"):
			return nil, p.leftOver()
		}
		p.next()
		return a, nil
	}
	return p.comparison()
}

// comparison reads two operands with a sign between them.
func (p *parser) comparison() (node, error) {
	left, err := p.side()
	if err != nil {
		return nil, err
	}
	switch {
	case p.token.kind == aComparison:
	case p.token.text == "=":
		return nil, p.fail("= alone means nothing: write == to compare")
	default:
		return nil, p.fail("want a comparison after %s: one of < <= > >= == !=", left.token.text)
	}
	n := comparison{op: p.token.text}
	p.next()
	right, err := p.side()
	if err != nil {
		return nil, err
	}
	n.a, n.b, err = p.match(left, right)
	return n, err
}

// side is one operand as it was read: a word or a constant.
type side struct {
	token token
	word  *word
}

func (p *parser) side() (side, error) {
	s := side{token: p.token}
	switch p.token.kind {
	case aName:
		if s.word = wordNamed(p.token.text); s.word == nil {
			return s, p.fail("unknown word %q: there are %s", p.token.text, wordNames())
		}
	case aConstant:
	case theEnd:
		return s, p.fail("something is missing at the end")
	default:
		return s, p.fail("want a word or a number before %q", p.token.text)
	}
	p.next()
	return s, nil
}

// match makes operands of two sides. What kind a constant is of the word on the other side says.
func (p *parser) match(left, right side) (a, b operand, err error) {
	switch {
	case left.word == nil && right.word == nil:
		return nil, nil, &Error{p.text, left.token.pos, "two constants are compared: one side has to be one of " + wordNames()}
	case left.word == nil:
		a, err = p.constant(left.token, right.word)
		return a, right.word.value, err
	case right.word == nil:
		b, err = p.constant(right.token, left.word)
		return left.word.value, b, err
	case left.word.kind != right.word.kind:
		return nil, nil, &Error{p.text, right.token.pos, fmt.Sprintf("%s is %s and %s is %s: they cannot be compared",
			left.word.name, left.word.kind.name, right.word.name, right.word.kind.name)}
	}
	return left.word.value, right.word.value, nil
}

// constant reads a constant that is compared with a word.
func (p *parser) constant(t token, w *word) (operand, error) {
	value, err := w.kind.read(t.text)
	if err != nil {
		reason := err.Error()
		if errors.Is(err, errNumber) || errors.Is(err, errCount) {
			reason = fmt.Sprintf("%q %s, which %s is compared with", t.text, reason, w.name)
		}
		return nil, &Error{p.text, t.pos, reason}
	}
	return func(*Values) float64 { return value }, nil
}

// leftOver is an error for what comes where the rule could have ended.
func (p *parser) leftOver() error {
	switch {
	case p.token.kind == aComparison:
		return p.fail("a comparison has two sides: write && between two of them")
	case p.token.is(")"):
		return p.fail("this parenthesis was not opened")
	case p.token.text == "&" || p.token.text == "|":
		return p.fail("%s alone means nothing: write %s", p.token.text, strings.Repeat(p.token.text, 2))
	}
	return p.fail("want && or || before %q", p.token.text)
}
