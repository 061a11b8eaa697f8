package peer

import (
	"net/netip"
	"reflect"
	"testing"
)

func TestPEXRoundTrip(t *testing.T) {
	m := PEX{
		Added:   []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:6881"), netip.MustParseAddrPort("[2001:db8::1]:1")},
		Flags:   []byte{PEXSeed, 0},
		Dropped: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:80")},
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParsePEX(b)
	if err != nil || !reflect.DeepEqual(got.Added, m.Added) || !reflect.DeepEqual(got.Dropped, m.Dropped) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func FuzzExtension(f *testing.F) {
	f.Add([]byte("d5:added6:abcdefe"))
	f.Add([]byte("d1:md11:ut_metadatai1ee13:metadata_sizei31235ee"))
	f.Add([]byte("d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParsePEX(b); err == nil && (len(m.Added) > MaxPEX || len(m.Dropped) > MaxPEX) {
			t.Fatal("too many")
		}
		_, _ = ParseExtendedHandshake(b)
		if m, err := ParseMetadata(b); err == nil && len(m.Data) > len(b) {
			t.Fatal("more data than there is")
		}
		_, _, _ = ParseHashes(b)
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0}, byte(3))
	f.Add(AppendRequest(nil, RequestID, Request{1, 2, 3}), byte(1))
	f.Add(AppendExtended(nil, 0, []byte("de")), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, expect byte) {
		rec := &record{expect: int(expect), mem: &heap{}}
		r := &reader{src: &chunked{b: b, rnd: fixed(), max: 100}, mem: rec.mem, h: rec, ahead: 1}
		var err error
		for err == nil {
			_, err = r.fill(rec.expect)
		}
		r.close()
		if rec.mem.out != rec.mem.back {
			t.Fatalf("%d blocks out, %d back", rec.mem.out, rec.mem.back)
		}
	})
}
