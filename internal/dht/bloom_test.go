package dht

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"strings"
	"testing"
)

// bep33 is the filter of BEP 33's example.
const bep33 = `
 F6C3F5EA A07FFD91 BDE89F77 7F26FB2B FF37BDB8 FB2BBAA2 FD3DDDE7 BACFFF75 EE7CCBAE
 FE5EEDB1 FBFAFF67 F6ABFF5E 43DDBCA3 FD9B9FFD F4FFD3E9 DFF12D1B DF59DB53 DBE9FA5B
 7FF3B8FD FCDE1AFB 8BEDD7BE 2F3EE71E BBBFE93B CDEEFE14 8246C2BC 5DBFF7E7 EFDCF24F
 D8DC7ADF FD8FFFDF DDFFF7A4 BBEEDF5C B95CE81F C7FCFF1F F4FFFFDF E5F7FDCB B7FD79B3
 FA1FC77B FE07FFF9 05B7B7FF C7FEFEFF E0B8370B B0CD3F5B 7F2BD93F EB4386CF DD6F7FD5
 BFAF2E9E BFFFFEEC D67ADBF7 C67F17EF D5D75EBA 6FFEBA7F FF47A91E B1BFBB53 E8ABFB57
 62ABE8FF 237279BF EFBFEEF5 FFC5FEBF DFE5ADFF ADFEE1FB 737FFFFB FD9F6AEF FEEE76B6
 FD8F72EF`

func TestBloomIsThatOfTheExample(t *testing.T) {
	var f, four, six bloom
	for i := range 256 {
		ip := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		f.add(ip)
		four.add(ip)
	}
	for i := range 1000 {
		b := netip.MustParseAddr("2001:db8::").As16()
		binary.BigEndian.PutUint16(b[14:], uint16(i))
		f.add(netip.AddrFrom16(b))
		six.add(netip.AddrFrom16(b))
	}
	if got, want := strings.ToUpper(hex.EncodeToString(f[:])), strings.Join(strings.Fields(bep33), ""); got != want {
		t.Errorf("the filter is %s, want %s", got, want)
	}
	if got := f.estimate(); math.Abs(got-1224.9308) > 0.0001 {
		t.Errorf("the estimate is %.4f, want 1224.9308", got)
	}
	four.join(&six)
	if four != f {
		t.Error("the union is another filter")
	}
	if !f.has(netip.MustParseAddr("192.0.2.77")) || six.has(netip.MustParseAddr("192.0.2.77")) && six.has(netip.MustParseAddr("192.0.2.78")) {
		t.Error("has is wrong")
	}
}

func TestBloomAtItsEnds(t *testing.T) {
	var f bloom
	if f.estimate() != 0 {
		t.Errorf("empty: %f", f.estimate())
	}
	f.add(netip.MustParseAddr("11.0.0.1"))
	if got := math.Round(f.estimate()); got != 1 {
		t.Errorf("one address: %f", got)
	}
	for i := range f {
		f[i] = 0xff
	}
	if got := f.estimate(); math.IsInf(got, 0) || math.IsNaN(got) || got < 5000 {
		t.Errorf("full: %f", got)
	}
}
