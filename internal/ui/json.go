package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Schema is the version of the events. Fields are added under it, never renamed or taken away.
const Schema = 1

// timeFormat is RFC 3339 in UTC with milliseconds, always of the same length.
const timeFormat = "2006-01-02T15:04:05.000Z"

// JSON writes events as NDJSON: one object a line, each in one write, safe for several goroutines.
type JSON struct {
	mu sync.Mutex
	to io.Writer
}

// NewJSON writes events to w, which is stdout.
func NewJSON(w io.Writer) *JSON { return &JSON{to: w} }

// Emit writes one event: v, time and event first, then the fields, which are a struct or a map that
// encodes as a JSON object, or nil. Text that is not UTF-8 has its bad bytes replaced by U+FFFD.
// Whatever Escape would not let through to a terminal is written as \uXXXX, which readers turn back.
func (j *JSON) Emit(event string, fields any) error {
	body, err := object(fields)
	if err != nil {
		return fmt.Errorf("emit event %s: %w", event, err)
	}
	name, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("emit event %s: %w", event, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	b := fmt.Appendf(nil, `{"v":%d,"time":%q,"event":%s`, Schema, time.Now().UTC().Format(timeFormat), name)
	if len(body) > 0 {
		b = append(append(b, ','), body...)
	}
	if _, err := j.to.Write(append(printable(b), "}\n"...)); err != nil {
		return fmt.Errorf("emit event %s: %w", event, err)
	}
	return nil
}

// object encodes fields, without the braces.
func object(fields any) ([]byte, error) {
	if m, ok := fields.(map[string]any); ok {
		for _, key := range []string{"v", "time", "event"} {
			if _, taken := m[key]; taken {
				return nil, fmt.Errorf("field %q is set by the stream itself", key)
			}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return nil, err
	}
	text := bytes.TrimSpace(b.Bytes())
	if string(text) == "null" {
		return nil, nil
	}
	if text[0] != '{' {
		return nil, errors.New("fields are no object")
	}
	return text[1 : len(text)-1], nil
}

// printable writes unsafe runes as JSON's escapes. Outside of strings JSON has none of them.
func printable(b []byte) []byte {
	for i := range b {
		if b[i] >= 0x7f {
			return escapeJSON(b)
		}
	}
	return b
}

func escapeJSON(b []byte) []byte {
	out := make([]byte, 0, len(b)+64)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case safe(r):
			out = append(out, b[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[size:]
	}
	return out
}
