package metainfo

import "fmt"

// cursor walks bencoded bytes (BEP 3) in place. It copies nothing, allocates
// nothing that a length in the input asks for, and recurses never.
//
// The first failure sticks: every later call does nothing and returns zero,
// so that a caller may read a whole structure and look at err once.
type cursor struct {
	b      []byte
	pos    int
	depth  int // lists and dictionaries that are open
	tokens int // values and keys that may still come
	err    *Error
}

func newCursor(b []byte, tokens int) *cursor { return &cursor{b: b, tokens: tokens} }

// inside returns a cursor over bytes that another cursor has already walked:
// their syntax is right and their number was counted.
func inside(b []byte) *cursor { return &cursor{b: b, tokens: len(b)} }

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		reason := fmt.Sprintf(format, args...)
		c.err = &Error{Reason: fmt.Sprintf("bad bencode at byte %d: %s", c.pos, reason)}
	}
}

// peek returns the byte that comes next, which tells the kind of the value:
// a digit for a string, 'i', 'l', 'd', or 'e' for an end. It is 0 after a
// failure and at the end of the input.
func (c *cursor) peek() byte {
	if c.err != nil || c.pos >= len(c.b) {
		return 0
	}
	return c.b[c.pos]
}

// token counts a value or key against the limit.
func (c *cursor) token() bool {
	if c.err != nil {
		return false
	}
	if c.pos >= len(c.b) {
		c.fail("ends too early")
		return false
	}
	if c.tokens--; c.tokens < 0 {
		c.fail("too many values")
		return false
	}
	return true
}

// str reads a string. The result is part of the input.
func (c *cursor) str() []byte {
	if !c.token() {
		return nil
	}
	i, n := c.pos, 0
	for ; i < len(c.b) && isDigit(c.b[i]); i++ {
		if n = n*10 + int(c.b[i]-'0'); n > len(c.b) {
			c.fail("a string is longer than what follows")
			return nil
		}
	}
	switch {
	case i == c.pos:
		c.fail("want a string, got %s", quote(c.b[i:i+1]))
	case i == len(c.b):
		c.fail("ends too early")
	case c.b[i] != ':':
		c.fail("a string's length is not followed by a colon")
	case c.b[c.pos] == '0' && i > c.pos+1:
		c.fail("a string's length has a leading zero")
	case n > len(c.b)-i-1:
		c.fail("a string is longer than what follows")
	default:
		s := c.b[i+1 : i+1+n : i+1+n]
		c.pos = i + 1 + n
		return s
	}
	return nil
}

// integer reads an integer, which has to fit into 64 bits.
func (c *cursor) integer() int64 {
	if !c.token() {
		return 0
	}
	i := c.pos
	if c.b[i] != 'i' {
		c.fail("want an integer, got %s", quote(c.b[i:i+1]))
		return 0
	}
	i++
	negative := i < len(c.b) && c.b[i] == '-'
	if negative {
		i++
	}
	first, n := i, uint64(0)
	for ; i < len(c.b) && isDigit(c.b[i]); i++ {
		if n = n*10 + uint64(c.b[i]-'0'); n > 1<<63-1 || i-first > 18 {
			c.fail("an integer does not fit into 64 bits")
			return 0
		}
	}
	switch {
	case i == first || i == len(c.b) || c.b[i] != 'e':
		c.fail("malformed integer")
		return 0
	case c.b[first] == '0' && (negative || i > first+1):
		c.fail("an integer has a leading zero")
		return 0
	}
	c.pos = i + 1
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// enter opens a list ('l') or a dictionary ('d'). The caller then reads
// values, or keys with str and values, while more reports true.
func (c *cursor) enter(kind byte) {
	if !c.token() {
		return
	}
	if c.b[c.pos] != kind {
		c.fail("want %s, got %s", kindName(kind), quote(c.b[c.pos:c.pos+1]))
		return
	}
	if c.depth++; c.depth > maxDepth {
		c.fail("nested deeper than %d", maxDepth)
		return
	}
	c.pos++
}

// more tells whether the list or dictionary that is open has another entry,
// and closes it when it has not.
func (c *cursor) more() bool {
	switch c.peek() {
	case 0:
		if c.pos >= len(c.b) {
			c.fail("ends too early")
			return false
		}
		return c.err == nil
	case 'e':
		c.pos++
		c.depth--
		return false
	}
	return true
}

// skip reads one value of any kind, checking its syntax, and returns how
// many entries it has if it is a list or a dictionary.
func (c *cursor) skip() (entries int) {
	// One byte for each open container: 'l' a list, 'd' a dictionary that
	// wants a key, 'v' a dictionary that wants a value.
	var open [maxDepth + 1]byte
	n := 0
	for c.err == nil {
		switch kind := c.peek(); {
		case kind == 'e' && (n == 0 || open[n-1] == 'v'):
			c.fail("a value is missing")
			return 0
		case kind == 'e':
			c.pos++
			c.depth--
			n--
		case n > 0 && open[n-1] == 'd':
			c.str()
			open[n-1] = 'v'
			continue
		case kind == 'i':
			c.integer()
		case kind == 'l' || kind == 'd':
			if c.enter(kind); c.err == nil {
				open[n] = kind
				n++
			}
			continue
		default:
			c.str()
		}
		if n == 0 {
			return entries
		}
		if open[n-1] == 'v' {
			open[n-1] = 'd'
		}
		if n == 1 {
			entries++
		}
	}
	return 0
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
