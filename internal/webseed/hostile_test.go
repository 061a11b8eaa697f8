package webseed

import (
	"bufio"
	"context"
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
	say  func(io.Writer) error
	took atomic.Int64 // bytes that were taken of what it said, over all connections
}

func (s *talker) DialContext(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		for r := bufio.NewReader(theirs); ; {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			if err := s.say(counted{theirs, &s.took}); err != nil {
				return
			}
		}
	}()
	return ours, nil
}

type counted struct {
	io.Writer
	n *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n.Add(int64(n))
	return n, err
}

var errOver = errors.New("the server hangs up")

// says a text, and then the same again and again with a pause in between.
func says(text, again string, pause time.Duration) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		for err == nil && again != "" {
			if pause > 0 {
				time.Sleep(pause)
			}
			_, err = io.WriteString(w, again)
		}
		if err == nil {
			err = errOver
		}
		return err
	}
}

// silent outlasts everybody's patience after a text.
func silent(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		time.Sleep(time.Hour)
		return errOver
	}
}

// Whatever a server says and however slowly, a fetch ends, within a time that the bytes it brings account for,
// and takes no more than it asked for and what lies in buffers.
func TestHostile(t *testing.T) {
	const (
		size, off, n = 1 << 20, 256 << 10, 64 << 10
		buffers      = 16 << 10
	)
	long := strings.Repeat("x", 4096)
	right := fmt.Sprintf("HTTP/1.1 206 Part\r\nContent-Range: bytes %d-%d/%d\r\n", off, off+n-1, size)
	whole := "HTTP/1.1 200 OK\r\n"
	chunked := "Transfer-Encoding: chunked\r\n\r\n"
	for _, c := range []struct {
		name  string
		say   func(io.Writer) error
		fault Fault // 0: it gives what was asked for
		took  int64 // at most, beside buffers
	}{
		{"nothing", silent(""), Unavailable, 0},
		{"hangs up", says("", "", 0), Unavailable, 0},
		{"header without end", says(right, "X: "+long+"\r\n", 0), Unavailable, 80 << 10},
		{"header line without end", says(right+"X: ", long, 0), Unavailable, 80 << 10},
		{"header without end, slowly", says(right, "X: x\r\n", time.Second), Unavailable, 0},
		{"provisional answers without end", says("", "HTTP/1.1 103 Hints\r\n\r\n", 0), Unavailable, 80 << 10},
		{"no body", silent(right + "\r\n"), Unavailable, 0},
		{"a byte a second", says(right+"\r\n", "x", time.Second), Unavailable, 0},
		{"a byte whenever it would be over", says(right+"\r\n", "x", stallTimeout-time.Second), Unavailable, 0},
		{"a chunk of a byte a second", says(right+chunked, "1\r\nx\r\n", time.Second), Unavailable, 0},
		{"slow, but not too slow", says(right+"\r\n", long, 10*time.Second), 0, n},
		{"body without end", says(right+"\r\n", long, 0), 0, n},
		{"chunks without end", says(right+chunked, "1000\r\n"+long+"\r\n", 0), 0, n + 1<<10},
		{"chunks of a byte", says(right+chunked, strings.Repeat("1\r\nx\r\n", 1000), 0), 0, 6 * n},
		{"huge chunk", says(right+chunked+"7fffffffffffffff\r\n", long, 0), 0, n},
		{"chunk line without end", says(right+chunked, strings.Repeat("0", 100), 0), Unavailable, 0},
		{"body that ends early", says(right+"\r\n"+long, "", 0), Unavailable, 0},
		{"whole file without end", says(whole+"\r\n", long, 0), 0, off + n},
		{"whole file, a byte a second", says(whole+"\r\n", "x", time.Second), Unavailable, 0},
		{"whole file that is huge", says(whole+"Content-Length: 9223372036854775807\r\n\r\n", long, 0), FileUnusable, 0},
		{"whole file that is short", says(whole+"Content-Length: 10\r\n\r\n", long, 0), FileUnusable, 0},
		{"whole file that is gone", says(whole+"Content-Length: 0\r\n\r\n", "", 0), FileUnusable, 0},
		{"lengths that differ", says(right+"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "", 0), Unavailable, 0},
		{"length below zero", says(right+"Content-Length: -5\r\n\r\n", "", 0), Unavailable, 0},
		{"length of more than the range", says(right+"Content-Length: 70000\r\n\r\n", long, 0), FileUnusable, 0},
		{"length of less than the range", says(right+"Content-Length: 7\r\n\r\n", long, 0), FileUnusable, 0},
		{"gzip", says(right+"Content-Encoding: gzip\r\n\r\n", long, 0), FileUnusable, 0},
		{"gzip of the whole file", says(whole+"Content-Encoding: x-gzip\r\n\r\n", long, 0), FileUnusable, 0},
		{"gzip in transfer", says(right+"Transfer-Encoding: gzip, chunked\r\n\r\n", long, 0), Unavailable, 0},
		{"error without end", says("HTTP/1.1 500 No\r\n\r\n", long, 0), Unavailable, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				info := torrent(t, "x", 1<<18, file{"x", size, false})
				server := &talker{say: c.say}
				transport := &http.Transport{DialContext: server.DialContext, MaxResponseHeaderBytes: 64 << 10}
				s, err := New(Config{URL: "http://web/x", Info: info, HTTP: &http.Client{Transport: transport}})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				got := newSink(info)
				err = s.Fetch(t.Context(), []Span{{off, n}}, got)
				bad, isBad := errors.AsType[*Error](err)
				if c.fault == 0 && err != nil || c.fault != 0 && (!isBad || bad.Fault != c.fault) {
					t.Errorf("%v, want fault %d", err, c.fault)
				}
				// Every byte of a piece buys some time.
				if took, most := time.Since(start), 2*stallTimeout+n/stallBytes*stallTimeout; took > most || c.fault != 0 && took > 2*stallTimeout {
					t.Errorf("took %v", took)
				}
				s.Close()
				transport.CloseIdleConnections()
				time.Sleep(2 * time.Hour)
				if took := server.took.Load(); took > c.took+buffers {
					t.Errorf("took %d bytes of it", took)
				}
			})
		})
	}
}

// Parts that were not asked for are not taken, whatever they are called.
func TestWrongRanges(t *testing.T) {
	const size, off, n = 1 << 20, 256 << 10, 64 << 10
	w := wanted{off, n, size}
	for _, text := range []string{
		"", "bytes", "bytes ", "bytes 262144-327679", "bytes 262144-327679/", "bytes 262144-327679/1048577", "bytes 262144-327679/0",
		"bytes 0-65535/1048576", "bytes 262143-327678/1048576", "bytes 262144-327680/1048576", "bytes 262144-327678/1048576",
		"bytes 327679-262144/1048576", "bytes -262144-327679/1048576", "bytes 262144--327679/1048576", "bytes +262144-327679/1048576",
		"bytes 0x40000-327679/1048576", "bytes 262144-327679/-1", "bytes */1048576", "bytes 262144-327679/1048576, 0-1/2",
		"pieces 262144-327679/1048576", "bytes=262144-327679/1048576", "bytes 18446744073709813760-18446744073709879295/1048576",
		"bytes 262144-9223372036854775807/*", "bytes 262144.0-327679/1048576", "bytes ２６２１４４-327679/1048576",
	} {
		if from, to, bad := judge(http.StatusPartialContent, http.Header{"Content-Range": {text}}, -1, w); bad == nil {
			t.Errorf("%q gives %d to %d", text, from, to)
		}
	}
	for _, text := range []string{"bytes 262144-327679/1048576", "Bytes 262144-327679/*", " bytes  262144 - 327679 / 1048576 "} {
		if from, to, bad := judge(http.StatusPartialContent, http.Header{"Content-Range": {text}}, n, w); bad != nil || from != off || to != off+n {
			t.Errorf("%q: %v", text, bad)
		}
	}
	several := http.Header{"Content-Type": {"multipart/byteranges; boundary=x"}}
	if _, _, bad := judge(http.StatusPartialContent, several, -1, w); bad == nil {
		t.Error("several ranges are taken")
	}
}
