package utp

import (
	"io"
	"net"
	"testing"
)

// overLoopback connects two sockets.
func overLoopback(t testing.TB, from, to *Mux) (ca, cb net.Conn) {
	t.Helper()
	ca, err := from.Dial(t.Context(), to.Addr().(*net.UDPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ca.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if cb, err = to.Accept(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(cb, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return ca, cb
}

// BenchmarkLoopback sends over two sockets of the loopback.
func BenchmarkLoopback(b *testing.B) {
	from, to := udpPair(b)
	ca, cb := overLoopback(b, from, to)
	const size = 1 << 20
	block := make([]byte, size)
	b.SetBytes(size)
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for range b.N {
			if _, err := ca.Write(block); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	if _, err := io.CopyN(io.Discard, struct{ io.Reader }{cb}, int64(b.N)*size); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBlocks sends what a peer uploads, a header and a block at a time, with one call and with one a part.
func BenchmarkBlocks(b *testing.B) {
	for _, together := range []bool{true, false} {
		b.Run(map[bool]string{true: "together", false: "apart"}[together], func(b *testing.B) {
			from, to := udpPair(b)
			ca, cb := overLoopback(b, from, to)
			var parts [][]byte
			for range 32 {
				parts = append(parts, make([]byte, 13), make([]byte, 16<<10))
			}
			const size = 32 * (13 + 16<<10)
			b.SetBytes(size)
			go func() {
				for range b.N {
					if together {
						ca.(*Conn).WriteBuffers(parts)
						continue
					}
					bufs := append(net.Buffers(nil), parts...)
					bufs.WriteTo(ca)
				}
			}()
			io.CopyN(io.Discard, struct{ io.Reader }{cb}, int64(b.N)*size)
		})
	}
}
