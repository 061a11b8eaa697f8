package tracker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// maxScrape is how many torrents one scrape asks for: a little less than what BEP 15 gives as the most
// over UDP, and over HTTP a URL that every server takes.
const maxScrape = 64

// ErrNoScrape says that a tracker's URL names no place to ask for counts (BEP 48).
var ErrNoScrape = errors.New("the tracker's URL is none that can be scraped")

// census is the answer to a scrape: counts of the torrents that were asked for, in that order.
type census struct {
	counts []Counts
	pause  time.Duration // before the next scrape; 0 unknown
}

func newCensus(n int) *census {
	c := &census{counts: make([]Counts, n)}
	for i := range c.counts {
		c.counts[i] = unknown
	}
	return c
}

// with joins the answers over two families, of which c may be nil.
func (c *census) with(o *census) *census {
	if c == nil {
		return o
	}
	for i := range c.counts {
		c.counts[i] = c.counts[i].most(o.counts[i])
	}
	c.pause = max(c.pause, o.pause)
	return c
}

func (w *httpWay) scrape(ctx context.Context, hashes [][20]byte) (*census, error) {
	u := scrapeURL(w.url)
	if u == nil {
		return nil, ErrNoScrape
	}
	body, err := w.get(ctx, u, scrapeQuery(u, hashes))
	if err != nil {
		return nil, err
	}
	return parseHTTPScrape(body, hashes)
}

// scrapeQuery appends the torrents to what the URL already asks.
func scrapeQuery(u *url.URL, hashes [][20]byte) string {
	q := newQuery(u.RawQuery)
	for _, h := range hashes {
		q.add("info_hash", string(h[:]))
	}
	return q.String()
}

// parseHTTPScrape reads the body of an answer over HTTP. Torrents that were not asked for are passed over;
// of one that comes twice, the last counts hold.
func parseHTTPScrape(body []byte, hashes [][20]byte) (*census, error) {
	all := newCensus(len(hashes))
	at := make(map[string]int, len(hashes))
	for i, h := range hashes {
		at[string(h[:])] = i
	}
	s := &scanner{b: body}
	var failed *Failure
	err := s.dictionary(func(key string) (err error) {
		switch kind := s.kind(); {
		case key == "files" && kind == 'd':
			return s.dictionary(func(hash string) error {
				i, ok := at[hash]
				if !ok {
					return nil
				}
				return all.counts[i].fields(s)
			})
		case key == "flags" && kind == 'd':
			return all.flags(s)
		case (key == "failure reason" || key == "failure_reason") && kind == '0':
			var b []byte
			if b, err = s.bytes(); err == nil {
				failed = &Failure{Reason: string(b)}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read scrape reply: %w", err)
	}
	if failed != nil {
		return nil, failed
	}
	return all, nil
}

// fields reads the counts of one torrent.
func (c *Counts) fields(s *scanner) error {
	if s.kind() != 'd' {
		return nil
	}
	return s.dictionary(func(key string) error {
		if s.kind() != 'i' {
			return nil
		}
		n, err := s.integer()
		c.number(key, n)
		return err
	})
}

// flags reads what a tracker asks of those who scrape it.
func (c *census) flags(s *scanner) error {
	return s.dictionary(func(key string) error {
		if s.kind() != 'i' || key != "min_request_interval" {
			return nil
		}
		n, err := s.integer()
		c.pause = duration(n, time.Second)
		return err
	})
}

// scrapePacket asks for counts under a connection id (BEP 15).
func scrapePacket(connection uint64, transaction uint32, hashes [][20]byte) []byte {
	be := binary.BigEndian
	b := be.AppendUint64(nil, connection)
	b = be.AppendUint32(b, actionScrape)
	b = be.AppendUint32(b, transaction)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// parseScrapeReply reads the counts of n torrents; those that are missing at the end are unknown.
func parseScrapeReply(b []byte, n int) (*census, error) {
	body, err := replyBody(b, actionScrape)
	if err != nil {
		return nil, err
	}
	all := newCensus(n)
	for i := range all.counts {
		if len(body) < 12 {
			break
		}
		number := func(at int) int { return count(int64(int32(binary.BigEndian.Uint32(body[at:])))) }
		all.counts[i] = Counts{Seeders: number(0), Downloaded: number(4), Leechers: number(8)}
		body = body[12:]
	}
	return all, nil
}
