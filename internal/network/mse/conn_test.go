package mse

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// encrypt makes an encrypted connection of a plain one.
func encrypt(t testing.TB, a, b net.Conn) (*Conn, *Conn) {
	t.Helper()
	s := shake(a, b, here, [][20]byte{here}, Required, Required)
	if s.outErr != nil || s.inErr != nil {
		t.Fatal(s.outErr, s.inErr)
	}
	return s.out.(*Conn), s.in.(*Conn)
}

// tcp is a connection over the loopback.
func tcp(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// Both ways at once, in pieces of all sizes, what comes is what was sent, and what was written stays as it was.
func TestStream(t *testing.T) {
	p, q := tcp(t)
	a, b := encrypt(t, p, q)
	const size = 4 << 20
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(data)
	kept := bytes.Clone(data)
	var wg sync.WaitGroup
	for _, c := range []*Conn{a, b} {
		wg.Go(func() {
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 1+rand.IntN(200_000))
				cut := rand.IntN(n)
				bufs := [][]byte{rest[:cut], nil, rest[cut:n]}
				if m, err := c.WriteBuffers(bufs); m != int64(n) || err != nil {
					t.Errorf("wrote %d of %d: %v", m, n, err)
					return
				}
				rest = rest[n:]
			}
		})
		wg.Go(func() {
			got, buf := make([]byte, 0, size), make([]byte, 100_000)
			for len(got) < size {
				n, err := c.Read(buf[:1+rand.IntN(len(buf))])
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, buf[:n]...)
			}
			if !bytes.Equal(got, data) {
				t.Error("the bytes are not those that were sent")
			}
		})
	}
	wg.Wait()
	if !bytes.Equal(kept, data) {
		t.Error("writing changed what was written")
	}
}

// flaky writes a part of what it should, once.
type flaky struct {
	net.Conn
	fails int
}

var errFlaky = errors.New("flaky")

func (f *flaky) Write(p []byte) (int, error) {
	if f.fails--; f.fails == 0 {
		return len(p) / 2, errFlaky
	}
	return len(p), nil
}

// After a write that failed nothing can be decrypted any more, so nothing is sent.
func TestWriteFails(t *testing.T) {
	p, q := tcp(t)
	a, _ := encrypt(t, p, q)
	f := &flaky{Conn: a.Conn, fails: 2}
	a.Conn = f
	for i, want := range []error{nil, errFlaky, errFlaky, errFlaky} {
		n, err := a.Write(make([]byte, 100))
		if !errors.Is(err, want) || i == 1 && n != 50 || i > 1 && n != 0 {
			t.Errorf("write %d: %d, %v", i, n, err)
		}
	}
	if f.fails != 0 {
		t.Errorf("something was sent after the failure")
	}
}

// A connection in the clear is the socket itself as soon as what was read of it has been taken.
func TestUnwrap(t *testing.T) {
	p, q := tcp(t)
	if _, err := p.Write([]byte(plain + "and more")); err != nil {
		t.Fatal(err)
	}
	nc, _, err := receive(q, Allowed)
	if err != nil {
		t.Fatal(err)
	}
	var b [len(plain)]byte
	if _, err := io.ReadFull(nc, b[:5]); err != nil || Unwrap(nc) == q {
		t.Error("unwrapped too early", err)
	}
	if _, err := io.ReadFull(nc, b[5:]); err != nil || string(b[:]) != plain {
		t.Errorf("%q, %v", b, err)
	}
	if _, ok := Unwrap(nc).(*net.TCPConn); !ok {
		t.Errorf("below is a %T", Unwrap(nc))
	}
	var more [8]byte
	if _, err := io.ReadFull(nc, more[:]); err != nil || string(more[:]) != "and more" {
		t.Errorf("%q, %v", more, err)
	}
}

// still gives and takes bytes for nothing.
type still struct{ net.Conn }

func (still) Read(p []byte) (int, error)  { return len(p), nil }
func (still) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkRC4(b *testing.B) {
	c := &Conn{Conn: still{}, in: cipher("keyA", [keySize]byte{}, here), out: cipher("keyB", [keySize]byte{}, here)}
	p := make([]byte, 64<<10)
	for name, do := range map[string]func([]byte) (int, error){"in": c.Read, "out": c.Write} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := do(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHandshake(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p, q := tcp(b)
		encrypt(b, p, q)
		p.Close()
		q.Close()
	}
}
