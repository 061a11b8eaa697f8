package session

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network/mse"
)

// A peer that hangs up as soon as it hears how we speak is told from one that is not there.
func TestNoteOfPeersThatHangUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			nc.Close()
		}
	}()
	for policy, want := range map[mse.Policy]string{
		mse.Off:      "1 hung up at the handshake (they may insist on encryption, which is off)",
		mse.Allowed:  "1 hung up at the handshake",
		mse.Required: "1 hung up at the handshake (they may not encrypt, which is required)",
	} {
		t.Run(policy.String(), func(t *testing.T) {
			s, err := New(Config{Bind: "127.0.0.1", NoDHT: true, NoLSD: true, NoUTP: true, NoPortMap: true, Encryption: policy, ClientVersion: "0.0.0"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close(context.Background()) })
			m := content(t, t.TempDir(), 1<<20)
			tor := add(t, s, AddOptions{Metainfo: m, Dir: t.TempDir(), Peers: []string{l.Addr().String()}})
			limit := time.After(30 * time.Second)
			for !strings.HasSuffix(tor.Stats().Note, want) {
				select {
				case <-time.After(10 * time.Millisecond):
				case <-limit:
					t.Fatalf("note %q", tor.Stats().Note)
				}
			}
		})
	}
}
