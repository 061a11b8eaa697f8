package session

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/lsd"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// nearby starts a session that has nothing but local discovery, on loopback.
func nearby(t *testing.T) *Session {
	t.Helper()
	s, err := New(Config{Bind: "127.0.0.1", NoDHT: true, NoPortMap: true, StateDir: t.TempDir(), ClientVersion: "0.0.0", Log: logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// needMulticast skips the test where loopback carries no multicast.
func needMulticast(t *testing.T) {
	t.Helper()
	a, b := listener(t), listener(t)
	hash := [20]byte{0: byte(time.Now().UnixNano()), 19: 1}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	heard := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Run(ctx, hash, 1, func([]netip.AddrPort) { //nolint:errcheck // it ends with ctx
			select {
			case heard <- struct{}{}:
			default:
			}
		})
	}()
	go b.Run(ctx, hash, 2, func([]netip.AddrPort) {}) //nolint:errcheck // likewise
	select {
	case <-heard:
	case <-ctx.Done():
		t.Skip("loopback carries no multicast here")
	}
	cancel()
	<-done
}

func listener(t *testing.T) *lsd.Service {
	t.Helper()
	s, err := lsd.New(lsd.Config{Bind: "127.0.0.1", IPv4: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A magnet link and the local network are all that there is.
func TestGetFromNearby(t *testing.T) {
	needMulticast(t)
	for name, format := range map[string]metainfo.Format{"v1": metainfo.V1, "hybrid": metainfo.Hybrid} {
		t.Run(name, func(t *testing.T) {
			src, dst := t.TempDir(), t.TempDir()
			m := contentOf(t, src, 1<<20+int(time.Now().UnixNano()%1000), format)
			add(t, nearby(t), AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true})
			tor := add(t, nearby(t), AddOptions{Magnet: m.Magnet(), Dir: dst})
			select {
			case <-tor.Done():
			case <-time.After(30 * time.Second):
				t.Fatalf("not found: %+v", tor.Stats())
			}
			if err := tor.Err(); err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
		})
	}
}

// A private torrent is announced to nobody (BEP 27): one added after it is heard, it is not. A private
// magnet falls silent once its metadata is known.
func TestPrivateStaysOutOfTheLocalNetwork(t *testing.T) {
	needMulticast(t)
	src := t.TempDir()
	create := func(name string, private bool) *metainfo.Metainfo {
		path := filepath.Join(src, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte(path), 1000), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := metainfo.Create(t.Context(), metainfo.Options{Path: path, Private: private})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	secret, open := create("secret", true), create("open", false)
	s, spy := nearby(t), listener(t)
	heard := func(m *metainfo.Metainfo) <-chan struct{} {
		c := flag()
		go spy.Run(t.Context(), m.Info.InfoHash(), 9, func([]netip.AddrPort) { //nolint:errcheck // it ends with the test
			select {
			case c <- struct{}{}:
			default:
			}
		})
		return c
	}
	secrets, opens := heard(secret), heard(open)
	tor := add(t, s, AddOptions{Metainfo: secret, Dir: src, SeedOnly: true, Keep: true})
	add(t, s, AddOptions{Metainfo: open, Dir: src, SeedOnly: true, Keep: true})
	select {
	case <-opens:
	case <-time.After(20 * time.Second):
		t.Fatal("the open torrent was not announced")
	}
	select {
	case <-secrets:
		t.Error("the private torrent was announced")
	default:
	}

	get := nearby(t)
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Port())
	known := flag()
	private := add(t, get, AddOptions{
		Magnet: secret.Magnet(), Dir: t.TempDir(), Keep: true, Peers: []string{at.String()},
		OnEvent: func(e Event) {
			if e.Kind == Metadata {
				known <- struct{}{}
			}
		},
	})
	<-known
	private.sources.work.Wait() // the search in the local network has ended, while the torrent goes on
	if private.ctx.Err() != nil || tor.ctx.Err() != nil {
		t.Error("the torrent ended")
	}
}

func flag() chan struct{} { return make(chan struct{}, 1) }
