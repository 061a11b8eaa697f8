package peer

import (
	"net/netip"
	"testing"
)

func TestHolepunchMessages(t *testing.T) {
	for _, m := range []Holepunch{
		{Type: PunchRendezvous, Addr: netip.MustParseAddrPort("192.0.2.7:6881")},
		{Type: PunchConnect, Addr: netip.MustParseAddrPort("[2001:db8::7]:1")},
		{Type: PunchError, Addr: netip.MustParseAddrPort("192.0.2.7:6881"), Code: PunchNotConnected},
	} {
		got, err := ParseHolepunch(m.Encode())
		if err != nil || got != m {
			t.Errorf("%+v came back as %+v, %v", m, got, err)
		}
	}
	short := Holepunch{Addr: netip.MustParseAddrPort("192.0.2.7:6881")}
	if got, err := ParseHolepunch(short.Encode()[:8]); err != nil || got != short {
		t.Errorf("without a code: %+v, %v", got, err)
	}
	for _, b := range []string{"", "\x00", "\x00\x02aaaabb", "\x00\x00aaaab", "\x03\x00aaaabb", "\x00\x01aaaabb"} {
		if _, err := ParseHolepunch([]byte(b)); err == nil {
			t.Errorf("%q was taken", b)
		}
	}
}

func FuzzHolepunch(f *testing.F) {
	f.Add(Holepunch{Type: PunchError, Addr: netip.MustParseAddrPort("192.0.2.7:6881"), Code: 3}.Encode())
	f.Add(Holepunch{Type: PunchConnect, Addr: netip.MustParseAddrPort("[2001:db8::7]:9")}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseHolepunch(b)
		if err != nil {
			return
		}
		again, err := ParseHolepunch(m.Encode())
		if err != nil || again != m {
			t.Fatalf("%+v came back as %+v, %v", m, again, err)
		}
	})
}

func TestHints(t *testing.T) {
	if on, err := ParseUploadOnly([]byte{1}); err != nil || !on {
		t.Error(on, err)
	}
	if on, err := ParseUploadOnly([]byte{0}); err != nil || on {
		t.Error(on, err)
	}
	if _, err := ParseUploadOnly(nil); err == nil {
		t.Error("an empty upload_only was taken")
	}
	if b := AppendDontHave(nil, 7, 0x01020304); string(b) != "\x00\x00\x00\x06\x14\x07\x01\x02\x03\x04" {
		t.Errorf("%q", b)
	}
	if i, err := ParseDontHave([]byte{1, 2, 3, 4}); err != nil || i != 0x01020304 {
		t.Error(i, err)
	}
	if _, err := ParseDontHave([]byte{1}); err == nil {
		t.Error("a short lt_donthave was taken")
	}
}
