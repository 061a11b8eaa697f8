package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// HTTPProxyPort is where the HTTP proxy listens.
const HTTPProxyPort = 3128

// HTTPProxy runs a proxy on the host that knows CONNECT and nothing else, for a user with a password, until the test
// ends. It returns its URL.
func (h *Host) HTTPProxy() string {
	h.t.Helper()
	l := h.Listen(HTTPProxyPort)
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { h.tunnel(ctx, conn) })
		}
	})
	h.t.Cleanup(func() {
		stop()
		l.Close()
		work.Wait()
	})
	return fmt.Sprintf("http://someone:secret@%s:%d", h.Addr, HTTPProxyPort)
}

// tunnel serves one connection.
func (h *Host) tunnel(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in := bufio.NewReader(conn)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", req.Header.Get("Proxy-Authorization"))
	user, password, _ := req.BasicAuth()
	status := http.StatusOK
	var far net.Conn
	switch {
	case req.Method != http.MethodConnect:
		status = http.StatusMethodNotAllowed
	case user != "someone" || password != "secret":
		status = http.StatusProxyAuthRequired
	default:
		dialCtx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if _, _, e := net.SplitHostPort(req.Host); e != nil {
			status = http.StatusBadRequest
		} else if far, err = h.Dial(dialCtx, "tcp", req.Host); err != nil {
			status = http.StatusBadGateway // a name, for one: there is nobody here to ask
		}
	}
	if _, err := fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n\r\n", status, http.StatusText(status)); err != nil || far == nil {
		return
	}
	defer far.Close()
	var both sync.WaitGroup
	both.Go(func() { pipe(far, in) })
	both.Go(func() { pipe(conn, far) })
	both.Wait()
}

// pipe copies until the end, and passes that on.
func pipe(to net.Conn, from io.Reader) {
	_, _ = io.Copy(to, from) // a connection that breaks has ended too
	if tcp, ok := to.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // likewise
	}
}
