package webseed

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wanted is what a request asks for: n bytes from off on of a file of size bytes.
type wanted struct{ off, n, size int64 }

// whole reports whether all of the file is asked for.
func (w wanted) whole() bool { return w.off == 0 && w.n == w.size }

// maxRetry bounds what a server may ask us to wait.
const maxRetry = time.Hour

// judge looks at the header of an answer: the body holds the bytes from..to of the file, or there is no use in
// it. length is what the header says of the body's length, -1 if it says nothing.
func judge(code int, h http.Header, length int64, w wanted) (from, to int64, err *Error) {
	if e := h.Get("Content-Encoding"); code < 300 && e != "" && !strings.EqualFold(e, "identity") {
		return 0, 0, fault(FileUnusable, "it sends the file encoded, which was not asked for")
	}
	switch code {
	case http.StatusPartialContent:
		return judgePart(h, length, w)
	case http.StatusOK:
		if length >= 0 && length != w.size {
			return 0, 0, fault(FileUnusable, "its file has %d bytes, not %d", length, w.size)
		}
		return 0, w.size, nil
	case http.StatusRequestedRangeNotSatisfiable:
		return 0, 0, fault(FileUnusable, "its file is shorter than %d bytes", w.size)
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
	default:
		if code < 500 {
			return 0, 0, fault(FileUnusable, "%s", status(code))
		}
	}
	err = fault(Unavailable, "%s", status(code))
	err.Retry = retryAfter(h.Get("Retry-After"), time.Now())
	return 0, 0, err
}

// judgePart looks at a partial answer (RFC 9110, section 14.4).
func judgePart(h http.Header, length int64, w wanted) (from, to int64, err *Error) {
	first, last, total, ok := parseContentRange(h.Get("Content-Range"))
	switch {
	case !ok:
		return 0, 0, fault(FileUnusable, "it does not say which part of the file it sends")
	case total >= 0 && total != w.size:
		return 0, 0, fault(FileUnusable, "its file has %d bytes, not %d", total, w.size)
	case first != w.off || last != w.off+w.n-1:
		return 0, 0, fault(FileUnusable, "it sends another part of the file than was asked for")
	case length >= 0 && length != w.n:
		return 0, 0, fault(FileUnusable, "it sends %d bytes where %d were asked for", length, w.n)
	}
	return first, last + 1, nil
}

// parseContentRange reads "bytes first-last/total", where total may be * for unknown, which is -1.
func parseContentRange(s string) (first, last, total int64, ok bool) {
	unit, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	if !strings.EqualFold(unit, "bytes") {
		return 0, 0, 0, false
	}
	span, size, _ := strings.Cut(rest, "/")
	a, b, _ := strings.Cut(span, "-")
	first, okFirst := number(a)
	last, okLast := number(b)
	total, okTotal := number(size)
	if strings.TrimSpace(size) == "*" {
		total, okTotal = -1, true
	}
	ok = okFirst && okLast && okTotal && first <= last && (total < 0 || last < total)
	return first, last, total, ok
}

// number reads digits and nothing else.
func number(s string) (int64, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 63)
	return int64(n), err == nil
}

// retryAfter reads a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if n, ok := number(s); ok {
		return time.Duration(min(n, int64(maxRetry/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), 0), maxRetry)
	}
	return 0
}
