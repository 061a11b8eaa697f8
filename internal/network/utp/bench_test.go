package utp

import (
	"io"
	"net"
	"testing"
)

// BenchmarkLoopback sends over two real sockets of the loopback.
func BenchmarkLoopback(b *testing.B) {
	listen := func() net.PacketConn {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		return c
	}
	sa, sb := listen(), listen()
	from, to := New(sa, Options{}), New(sb, Options{})
	defer from.Close()
	defer to.Close()
	ca, err := from.Dial(b.Context(), sb.LocalAddr().(*net.UDPAddr).AddrPort())
	if err != nil {
		b.Fatal(err)
	}
	const size = 1 << 20
	block := make([]byte, size)
	if _, err := ca.Write(block[:1]); err != nil {
		b.Fatal(err)
	}
	cb, err := to.Accept()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(cb, make([]byte, 1)); err != nil {
		b.Fatal(err)
	}
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
