package webseed

import (
	"bufio"
	"bytes"
	"net/http"
	"testing"
)

// FuzzReply: whatever the header says, what is taken lies in the file and holds what was asked for.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-199/1000\r\nContent-Length: 100\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-199/*\r\n\r\n",
		"HTTP/1.1 206 x\r\nContent-Range: bytes */1000\r\n\r\n",
		"HTTP/1.1 206 x\r\nContent-Range: bytes 9223372036854775807-9223372036854775807/9223372036854775807\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: br\r\n\r\n",
		"HTTP/1.1 416 x\r\nContent-Range: bytes */9\r\n\r\n",
		"HTTP/1.1 503 x\r\nRetry-After: Fri, 02 Jan 2026 03:05:05 GMT\r\n\r\n",
		"HTTP/1.1 301 x\r\nLocation: //\r\n\r\n",
	} {
		f.Add([]byte(s), int64(100), int64(100), int64(1000))
	}
	f.Fuzz(func(t *testing.T, raw []byte, off, n, size int64) {
		if off < 0 || n <= 0 || size > 1<<50 || off > size-n {
			return
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
		if err != nil {
			return
		}
		resp.Body.Close()
		w := wanted{off, n, size}
		from, to, bad := judge(resp.StatusCode, resp.Header, resp.ContentLength, w)
		switch {
		case bad == nil && (from < 0 || from > off || to < off+n || to > size):
			t.Errorf("%d to %d is taken for %+v", from, to, w)
		case bad == nil && resp.StatusCode != 200 && resp.StatusCode != 206:
			t.Errorf("status %d is taken", resp.StatusCode)
		case bad != nil && (bad.Fault == 0 || bad.Retry < 0 || bad.Retry > maxRetry || bad.Error() == "" || len(bad.Error()) > maxText+3):
			t.Errorf("%+v", bad)
		}
	})
}
