package tracker

import (
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

// maxReply bounds the body of a reply after decompression, in bytes.
const maxReply = 1 << 20

// errTooLong says that a reply is longer than maxReply.
var errTooLong = errors.New("the reply is longer than 1 MiB")

// overHTTP is the way to a tracker over HTTP (BEP 3), through a client.
func overHTTP(client *http.Client, agent string, u *url.URL) way {
	return func(ctx context.Context, r request) (*reply, error) {
		target := *u
		target.RawQuery = r.query(u.RawQuery)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err != nil {
			return nil, errors.New("make request: not a URL")
		}
		if agent != "" {
			req.Header.Set("User-Agent", agent)
		}
		// The next announce is minutes away: an open connection would serve nobody.
		req.Close = true
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		return readHTTP(resp)
	}
}

// readHTTP reads the reply, or the refusal that may come with an error's status.
func readHTTP(resp *http.Response) (*reply, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
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
	if len(body) > maxReply {
		return nil, fmt.Errorf("read tracker reply: %w", errTooLong)
	}
	return parseHTTPReply(body)
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
	var b strings.Builder
	b.WriteString(given)
	add := func(key, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(key)
		b.WriteByte('=')
		escape(&b, value)
	}
	add("info_hash", string(r.infoHash[:]))
	add("peer_id", string(r.peerID[:]))
	add("port", strconv.Itoa(int(r.port)))
	add("uploaded", strconv.FormatInt(max(r.stats.Uploaded, 0), 10))
	add("downloaded", strconv.FormatInt(max(r.stats.Downloaded, 0), 10))
	add("left", strconv.FormatInt(max(r.stats.Left, 0), 10))
	add("compact", "1")
	add("no_peer_id", "1")
	add("numwant", strconv.Itoa(r.want))
	add("key", fmt.Sprintf("%08X", r.key))
	if r.event != eventNone {
		add("event", r.event.String())
	}
	if r.trackerID != "" {
		add("trackerid", r.trackerID)
	}
	return b.String()
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
