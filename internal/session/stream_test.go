package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestStream(t *testing.T) {
	for format, size := range map[metainfo.Format]int{ // the first is more than may be in memory at once
		metainfo.V1: 100<<20 + 4321, metainfo.V2: 10<<20 + 1, metainfo.Hybrid: 10<<20 + 17000,
	} {
		src := t.TempDir()
		m := contentOf(t, src, size, format)
		a, b := seed(t, m, src), seed(t, m, src)
		var out bytes.Buffer
		s := start(t)
		tor := add(t, s, AddOptions{Magnet: m.Magnet(), Stream: &out, Peers: []string{a, b}})
		<-tor.Done()
		if err := tor.Err(); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(src, "data.bin"))
		if err != nil || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%v: %d bytes that differ, %v", format, out.Len(), err)
		}
		if st := s.memory.Stats(); st.Reserved != 0 {
			t.Errorf("%v: %d bytes are still reserved", format, st.Reserved)
		}
	}
}

func TestStreamOfOneFileOfMany(t *testing.T) {
	src := filepath.Join(t.TempDir(), "many")
	if err := os.Mkdir(src, 0o777); err != nil {
		t.Fatal(err)
	}
	r := rand.NewChaCha8([32]byte{2})
	for i, n := range []int{100_000, 0, 300_001, 1 << 20, 5} {
		b := make([]byte, n)
		r.Read(b)
		if err := os.WriteFile(filepath.Join(src, fmt.Sprint(i)), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: src, PieceLength: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	addr := seed(t, m, filepath.Dir(src))
	for i := range 5 {
		s := start(t)
		var out bytes.Buffer
		tor := add(t, s, AddOptions{Metainfo: m, Stream: &out, Peers: []string{addr}, Select: func(info *metainfo.Info) ([]bool, error) {
			picked := make([]bool, len(info.Files))
			picked[i] = true
			return picked, nil
		}})
		<-tor.Done()
		want, err := os.ReadFile(filepath.Join(src, fmt.Sprint(i)))
		if err != nil || tor.Err() != nil || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("file %d: %d bytes for %d, %v", i, out.Len(), len(want), tor.Err())
		}
	}
	s := start(t)
	tor := add(t, s, AddOptions{Metainfo: m, Stream: io.Discard, Peers: []string{addr}})
	<-tor.Done()
	if !errors.Is(tor.Err(), ErrNotOneFile) {
		t.Error(tor.Err())
	}
}

// limitedWriter fails after so many bytes, as a pipe does whose reader has gone.
type limitedWriter struct{ left int }

func (w *limitedWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestStreamToWhoeverStops(t *testing.T) {
	src := t.TempDir()
	m := content(t, src, 20<<20)
	s := start(t)
	tor := add(t, s, AddOptions{Metainfo: m, Stream: &limitedWriter{1 << 20}, Peers: []string{seed(t, m, src)}})
	<-tor.Done()
	if !errors.Is(tor.Err(), io.ErrClosedPipe) {
		t.Error(tor.Err())
	}
}

// gate lets everything through but the last bytes, which wait.
type gate struct {
	left int
	open chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	if g.left -= len(b); g.left <= 0 {
		<-g.open
	}
	return len(b), nil
}

// Whoever streams gives to others what it has in memory.
func TestStreamIsShared(t *testing.T) {
	src, dst := t.TempDir(), t.TempDir()
	const size = 10<<20 + 77
	m := content(t, src, size)
	s := start(t)
	g := &gate{left: size, open: make(chan struct{})}
	streaming := add(t, s, AddOptions{Metainfo: m, Stream: g, Peers: []string{seed(t, m, src)}})
	other := add(t, start(t), AddOptions{Metainfo: m, Dir: dst, Peers: []string{fmt.Sprintf("127.0.0.1:%d", s.Port())}})
	<-other.Done()
	if err := other.Err(); err != nil {
		t.Error(err)
	}
	same(t, filepath.Join(src, "data.bin"), filepath.Join(dst, "data.bin"))
	close(g.open)
	<-streaming.Done()
	if err := streaming.Err(); err != nil {
		t.Error(err)
	}
}
