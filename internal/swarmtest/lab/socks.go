package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// SOCKSPort is where the proxy listens.
const SOCKSPort = 1080

// NeedSOCKS skips the test where microsocks is missing.
func NeedSOCKS(t testing.TB) { t.Helper(); need(t, "microsocks", "microsocks") }

// SOCKS runs a SOCKS 5 proxy on the host, with a user and a password, waits until it answers and returns its
// URL.
func (h *Host) SOCKS(ctx context.Context) string {
	h.t.Helper()
	return "socks5://someone:secret@" + h.socksAnswers(ctx, h.Start("microsocks", "-i", h.Addr, "-p", fmt.Sprint(SOCKSPort), "-u", "someone", "-P", "secret"))
}

// danteConfig lets everybody through: Dante has passwords for users of the system alone.
const danteConfig = `
logoutput: stderr
internal: %[1]s port = %[2]d
external: %[1]s
clientmethod: none
socksmethod: none
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`

// Dante runs Dante as a SOCKS 5 proxy on the host, without a password, waits until it answers and returns its URL. It is an extra:
// where it is not installed, ok is false.
func (h *Host) Dante(ctx context.Context) (url string, ok bool) {
	h.t.Helper()
	if _, err := exec.LookPath("danted"); err != nil {
		return "", false
	}
	conf := filepath.Join(mkdir(h.t, filepath.Join(h.Dir, "dante")), "danted.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, danteConfig, h.Addr, SOCKSPort), 0o644); err != nil {
		h.t.Fatal(err)
	}
	return "socks5://" + h.socksAnswers(ctx, h.Start("danted", "-f", conf)), true
}

// socksAnswers waits for a proxy and returns its address.
func (h *Host) socksAnswers(ctx context.Context, p *Process) string {
	h.t.Helper()
	at := fmt.Sprintf("%s:%d", h.Addr, SOCKSPort)
	err := Poll(ctx, "the proxy", func() (bool, error) {
		conn, err := h.Dial(ctx, "tcp", at)
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	})
	if err != nil {
		h.t.Fatalf("%v\n%s", err, p.Tail(10))
	}
	return at
}
