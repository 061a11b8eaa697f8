package tracker

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxReply bounds the body of a reply, before and after it is unpacked, in bytes.
const maxReply = 1 << 20

// errTooLong says that a reply is longer than maxReply.
var errTooLong = errors.New("the reply is longer than 1 MiB")

// httpWay is the way to a tracker over HTTP (BEP 3), through a client.
type httpWay struct {
	client *http.Client
	agent  string
	url    *url.URL
}

func (w *httpWay) announce(ctx context.Context, r request) (*reply, error) {
	body, err := w.get(ctx, w.url, r.query(w.url.RawQuery))
	if err != nil {
		return nil, err
	}
	return parseHTTPReply(body)
}

// get asks for a URL with another query and gives the body of the reply, or the refusal that may come
// with an error's status.
func (w *httpWay) get(ctx context.Context, u *url.URL, query string) ([]byte, error) {
	target := *u
	target.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, errors.New("make request: not a URL")
	}
	if w.agent != "" {
		req.Header.Set("User-Agent", w.agent)
	}
	// Asked for by ourselves, so that it is ours to unpack.
	req.Header.Set("Accept-Encoding", "gzip")
	// The next question is minutes away: an open connection would serve nobody.
	req.Close = true
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return readHTTP(resp)
}

// readHTTP reads the body, which has come in full and within its bound where there is no error.
func readHTTP(resp *http.Response) ([]byte, error) {
	body, err := readBody(resp)
	if resp.StatusCode != http.StatusOK {
		if _, err := parseHTTPReply(body); err != nil {
			if refusal, ok := errors.AsType[*Failure](err); ok {
				return nil, refusal
			}
		}
		return nil, refusedByStatus(resp)
	}
	if err != nil {
		return nil, fmt.Errorf("read tracker reply: %w", err)
	}
	return body, nil
}

// readBody reads and unpacks a body. Both what comes and what it unpacks to are bounded: it may unpack to
// much, and as well to nothing for ever.
func readBody(resp *http.Response) ([]byte, error) {
	came := &io.LimitedReader{R: resp.Body, N: maxReply + 1}
	var plain io.Reader = came
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(came)
		if err != nil {
			return nil, err
		}
		plain = z
	}
	body, err := io.ReadAll(io.LimitReader(plain, maxReply+1))
	if came.N <= 0 || len(body) > maxReply {
		return nil, errTooLong
	}
	return body, err
}

// refusedByStatus makes an error of an HTTP status, whose text is ours and not the server's.
func refusedByStatus(resp *http.Response) error {
	reason := strings.TrimSpace(fmt.Sprintf("HTTP status %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	seconds, err := strconv.ParseInt(resp.Header.Get("Retry-After"), 10, 32)
	if err != nil {
		seconds = 0
	}
	return &Failure{Reason: reason, retry: duration(seconds, time.Second)}
}

// query appends the announce to what the URL already asks, which some trackers want to be first.
func (r request) query(given string) string {
	q := newQuery(given)
	q.add("info_hash", string(r.infoHash[:]))
	q.add("peer_id", string(r.peerID[:]))
	q.add("port", strconv.Itoa(int(r.port)))
	q.add("uploaded", strconv.FormatInt(max(r.stats.Uploaded, 0), 10))
	q.add("downloaded", strconv.FormatInt(max(r.stats.Downloaded, 0), 10))
	q.add("left", strconv.FormatInt(max(r.stats.Left, 0), 10))
	q.add("compact", "1")
	q.add("no_peer_id", "1")
	q.add("numwant", strconv.Itoa(r.want))
	q.add("key", fmt.Sprintf("%08X", r.key))
	switch r.crypto {
	case CryptoSupported:
		q.add("supportcrypto", "1")
	case CryptoRequired:
		q.add("supportcrypto", "1")
		q.add("requirecrypto", "1")
	}
	if r.event != eventNone {
		q.add("event", r.event.String())
	}
	if r.trackerID != "" {
		q.add("trackerid", r.trackerID)
	}
	return q.String()
}

// query is the query of a URL in the making.
type query struct{ strings.Builder }

func newQuery(given string) *query {
	q := new(query)
	q.WriteString(given)
	return q
}

func (q *query) add(key, value string) {
	if q.Len() > 0 {
		q.WriteByte('&')
	}
	q.WriteString(key)
	q.WriteByte('=')
	escape(&q.Builder, value)
}

// escape writes a value as a query holds it. Every byte that is not plain everywhere is escaped, the
// space as %20: trackers read info_hash byte for byte, and not all take a plus for a space.
func escape(b *strings.Builder, value string) {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		switch c := value[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}
