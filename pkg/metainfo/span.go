package metainfo

// span is one bencoded value, cut out of what it came in. The zero span
// stands for a value that is absent.
type span struct {
	raw     []byte
	entries int // of a list or a dictionary
}

// span skips a value and returns its bytes.
func (c *cursor) span() span {
	start := c.pos
	n := c.skip()
	if c.err != nil {
		return span{}
	}
	return span{raw: c.b[start:c.pos:c.pos], entries: n}
}

// kind tells a span's kind: 's', 'i', 'l', 'd', or 0 if it is absent.
func (s span) kind() byte {
	switch {
	case len(s.raw) == 0:
		return 0
	case isDigit(s.raw[0]):
		return 's'
	}
	return s.raw[0]
}

// str returns the content of a string, and nil for any other kind.
func (s span) str() []byte {
	if s.kind() != 's' {
		return nil
	}
	return inside(s.raw).str()
}

// integer returns the value of an integer, and 0 for any other kind.
func (s span) integer() int64 {
	if s.kind() != 'i' {
		return 0
	}
	return inside(s.raw).integer()
}

func kindName(kind byte) string {
	switch kind {
	case 's':
		return "a string"
	case 'i':
		return "an integer"
	case 'l':
		return "a list"
	case 'd':
		return "a dictionary"
	}
	return "nothing"
}
