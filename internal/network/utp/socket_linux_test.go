package utp

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel cuts what is sent together and puts together what comes together; where it cannot, packets go one by one.
func TestSegments(t *testing.T) {
	for _, cuts := range []bool{true, false} {
		var ends [2]*segmented
		for i := range ends {
			pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer pc.Close()
			pc.SetDeadline(time.Now().Add(10 * time.Second))
			ends[i] = newSocket(pc).(*segmented)
		}
		from, to := ends[0], ends[1]
		if cuts && !from.cuts.Load() {
			t.Log("this kernel does not cut")
		}
		from.cuts.Store(cuts && from.cuts.Load())
		sent := make([]byte, 10*1000+7)
		for i := range sent {
			sent[i] = byte(i / 1000)
		}
		if err := from.send(sent, 1000, to.conn.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < 11; {
			b, segment, addr, err := to.receive()
			if err != nil {
				t.Fatal(err)
			}
			if addr != from.conn.LocalAddr().(*net.UDPAddr).AddrPort() {
				t.Error("from", addr)
			}
			for ; len(b) > 0; i++ {
				p := b[:min(segment, len(b))]
				b = b[len(p):]
				if want := min(1000, 10007-1000*i); len(p) != want || p[0] != byte(i) || p[len(p)-1] != byte(i) {
					t.Fatalf("packet %d: %d bytes of %d", i, len(p), p[0])
				}
			}
		}
	}
}

// A row of packets that the interface cannot take as it is goes packet by packet.
func TestSegmentsTooLarge(t *testing.T) {
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	s := newSocket(pc).(*segmented)
	if err := s.send(make([]byte, 200*20), 20, pc.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		t.Fatal("more packets than one call takes:", err)
	}
}

func TestSegmentOf(t *testing.T) {
	gro := make([]byte, unix.CmsgSpace(4))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&gro[0]))
	h.Level, h.Type = unix.SOL_UDP, unix.UDP_GRO
	h.SetLen(unix.CmsgLen(4))
	binary.NativeEndian.PutUint32(gro[unix.CmsgLen(0):], 1372)
	for _, tt := range []struct {
		oob  []byte
		want int
	}{
		{gro, 1372}, {nil, 5000}, {gro[:10], 5000}, {make([]byte, 24), 5000}, {gro[:unix.CmsgLen(0)], 5000},
	} {
		if got := segmentOf(tt.oob, 5000); got != tt.want {
			t.Errorf("% x: %d, want %d", tt.oob, got, tt.want)
		}
	}
}
