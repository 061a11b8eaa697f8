package tracker

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// talker is the other end of connections in memory. It reads a request of HTTP and then says what it
// wants, for as long as it is listened to.
type talker struct {
	say func(io.Writer) error

	took atomic.Int64 // bytes that were taken of what it said, over all connections
}

func (s *talker) DialContext(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		if _, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
			_ = s.say(writerFunc(func(b []byte) (int, error) { //nolint:errcheck // it ends when nobody listens
				n, err := theirs.Write(b)
				s.took.Add(int64(n))
				return n, err
			}))
		}
	}()
	return ours, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// forever repeats a text, with a pause between one and the next.
func forever(text string, pause time.Duration) func(io.Writer) error {
	return func(w io.Writer) error {
		for {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			time.Sleep(pause)
		}
	}
}

// after says a text and then something else.
func after(text string, next func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return next(w)
	}
}

// zippedForever packs without end: zeros, of which a thousand fit in a byte, or noise.
func zippedForever(noise bool) func(io.Writer) error {
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		b := make([]byte, 64<<10)
		if noise {
			rand.Read(b) //nolint:errcheck // never fails
		}
		for {
			if _, err := z.Write(b); err != nil {
				return err
			}
		}
	}
}

// emptyMembers is a gzip body of members without content, which say nothing for ever.
func emptyMembers(w io.Writer) error {
	var member bytes.Buffer
	if err := gzip.NewWriter(&member).Close(); err != nil {
		return err
	}
	return forever(strings.Repeat(member.String(), 1000), 0)(w)
}

// silence outlasts every attempt.
func silence(io.Writer) error {
	time.Sleep(2 * attemptTimeout)
	return nil
}

const ok = "HTTP/1.1 200 OK\r\n"

// Whatever a tracker over HTTP says and however slowly, an announce and a scrape end, and take neither more
// time than an attempt nor more than they can use.
func TestHostileHTTP(t *testing.T) {
	for _, c := range []struct {
		name string
		say  func(io.Writer) error
		took int64 // at most
		err  error // perhaps
	}{
		{"nothing", silence, 0, context.DeadlineExceeded},
		{"hangs up", func(io.Writer) error { return nil }, 0, nil},
		{"header without end", after(ok, forever("X: "+strings.Repeat("x", 1000)+"\r\n", 0)), 256 << 10, nil},
		{"header line without end", after(ok+"X: ", forever("xxxxxxxxxxxxxxxx", 0)), 256 << 10, nil},
		{"header without end, slowly", after(ok, forever("X: x\r\n", time.Second)), 1 << 10, context.DeadlineExceeded},
		{"provisional answers without end", forever("HTTP/1.1 103 Early Hints\r\n\r\n", 0), 1 << 20, nil},
		{"body without end", after(ok+"\r\n", forever(strings.Repeat("d", 4096), 0)), 2 << 20, errTooLong},
		{"body without end, slowly", after(ok+"\r\n", forever("1", time.Second)), 1 << 10, context.DeadlineExceeded},
		{"nested without end", after(ok+"\r\n", forever(strings.Repeat("l", 4096), 0)), 2 << 20, errTooLong},
		{"body that never comes", after(ok+"Content-Length: 100\r\n\r\n", silence), 1 << 10, context.DeadlineExceeded},
		{"body shorter than promised", after(ok+"Content-Length: 100\r\n\r\nd8:", func(io.Writer) error { return nil }), 1 << 10, io.ErrUnexpectedEOF},
		{"body longer than promised", after(ok+"Content-Length: 2\r\n\r\nde", forever("xxxx", 0)), 64 << 10, nil},
		{"chunks without end", after(ok+"Transfer-Encoding: chunked\r\n\r\n", forever(strings.Repeat("1\r\nd\r\n", 1000), 0)), 16 << 20, nil},
		{"huge chunk", after(ok+"Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", forever(strings.Repeat("d", 4096), 0)), 2 << 20, errTooLong},
		{"chunk line without end", after(ok+"Transfer-Encoding: chunked\r\n\r\n", forever("0", 0)), 64 << 10, nil},
		{"gzip bomb", after(ok+"Content-Encoding: gzip\r\n\r\n", zippedForever(false)), 64 << 10, errTooLong},
		{"gzip of noise", after(ok+"Content-Encoding: gzip\r\n\r\n", zippedForever(true)), 2 << 20, errTooLong},
		{"gzip of nothing", after(ok+"Content-Encoding: gzip\r\n\r\n", emptyMembers), 2 << 20, errTooLong},
		{"gzip that is none", after(ok+"Content-Encoding: gzip\r\n\r\nde", func(io.Writer) error { return nil }), 64 << 10, nil},
		{"error with a body without end", after("HTTP/1.1 500 No\r\n\r\n", forever(strings.Repeat("d", 4096), 0)), 2 << 20, nil},
		{"redirects without end", func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 302 Go\r\nLocation: /announce?again\r\nContent-Length: 0\r\n\r\n")
			return err
		}, 64 << 10, nil},
	} {
		for _, question := range []string{"announce", "scrape"} {
			t.Run(c.name+"/"+question, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &talker{say: c.say}
					transport := &http.Transport{DialContext: s.DialContext, MaxResponseHeaderBytes: 64 << 10}
					defer transport.CloseIdleConnections()
					cfg := Config{Tiers: urls("a"), HTTP: &http.Client{Transport: transport}}
					start := time.Now()
					var err error
					if question == "scrape" {
						_, err = Scrape(t.Context(), cfg, "http://a/announce", [20]byte{1})
					} else {
						a := New(cfg)
						a.tiers[0].endpoints[0].announce(t.Context())
						err = a.Status()[0].Err
					}
					if took := time.Since(start); took > attemptTimeout {
						t.Errorf("took %v", took)
					}
					if err == nil && c.name != "body longer than promised" || c.err != nil && !errors.Is(err, c.err) {
						t.Errorf("error %v, want %v", err, c.err)
					}
					if err != nil && len(err.Error()) > maxText {
						t.Errorf("error of %d bytes", len(err.Error()))
					}
					time.Sleep(2 * attemptTimeout)
					synctest.Wait()
					if took := s.took.Load(); took > c.took {
						t.Errorf("took %d bytes, want at most %d", took, c.took)
					}
				})
			})
		}
	}
}

// What follows a secret in a text is cut off; a secret is not cut in two.
func TestATextIsScrubbedBeforeItIsCut(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	for _, front := range []int{0, 200, 230, 250, 255, 256, 257, 20_000} {
		for name, text := range map[string]string{
			"once":        strings.Repeat("x", front) + key + strings.Repeat("y", 20_000),
			"again":       strings.Repeat("x", front) + strings.Repeat(key, 1000),
			"in capitals": strings.Repeat("x", front) + strings.ToUpper(key),
		} {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				r.hosts["a"] = answer("d14:failure reason" + benc(text) + "e")
				r.hosts["b"] = answer("d15:warning message" + benc(text) + "e")
				a := r.announcer("", func(c *Config) {
					c.Tiers = [][]string{{"http://a/" + key + "/announce"}, {"http://b/" + key + "/announce"}}
				})
				for _, tier := range a.tiers {
					tier.endpoints[0].announce(t.Context())
				}
				s := a.Status()
				for _, shown := range []string{s[0].Err.Error(), s[1].Warning} {
					for n := 8; n <= len(key); n++ { // any long part of it would do
						if strings.Contains(strings.ToLower(shown), key[:n]) {
							t.Errorf("%d x, %s: %q", front, name, shown)
							break
						}
					}
					if len(shown) > maxText+len("tracker refused: ") || front == 0 && !strings.Contains(shown, hidden) {
						t.Errorf("%d x, %s: %q", front, name, shown)
					}
				}
			})
		}
	}
}

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	if got := scrub(strings.Repeat("é", 200), nil); got != strings.Repeat("é", 128) {
		t.Errorf("cut to %q", got)
	}
	if got := scrub("x"+strings.Repeat("é", 200), nil); got != "x"+strings.Repeat("é", 127) {
		t.Errorf("cut to %q", got)
	}
}

// A tracker over UDP may say as much: each question passes over a bounded number of datagrams.
func TestHostileUDPScrape(t *testing.T) {
	for name, reply := range map[string]func(request, answer []byte) [][]byte{
		"stray":   func(_, a []byte) [][]byte { return [][]byte{append([]byte{0, 0, 0, 2, 9, 9, 9, 9}, a...)} },
		"nothing": func(_, a []byte) [][]byte { return nil },
		"refusal": func(q, a []byte) [][]byte {
			return [][]byte{append([]byte{0, 0, 0, 3, q[12], q[13], q[14], q[15]}, strings.Repeat("p4ssk3y ", 200)...)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := new(wire)
				w.announcer()
				w.tracker.reply = reply
				start := time.Now()
				_, err := Scrape(t.Context(), Config{Net: w}, "udp://t:1/p4ssk3y", [20]byte{})
				if err == nil || strings.Contains(err.Error(), "p4ssk3y") || len(err.Error()) > maxText+20 || time.Since(start) > attemptTimeout {
					t.Errorf("after %v: %v", time.Since(start), fmt.Sprint(err))
				}
				synctest.Wait()
			})
		})
	}
}
