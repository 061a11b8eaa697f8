package metainfo

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	hexHash    = "0123456789abcdef0123456789abcdef01234567"
	base32Hash = "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"
	hexHash256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func TestParseHash(t *testing.T) {
	want, err := ParseHash(hexHash)
	if err != nil || want.String() != hexHash {
		t.Fatal(want, err)
	}
	for _, text := range []string{strings.ToUpper(hexHash), base32Hash, strings.ToLower(base32Hash)} {
		if got, err := ParseHash(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", hexHash[1:], hexHash + "0", "g" + hexHash[1:], "1" + base32Hash[1:], "ſ" + base32Hash[2:], hexHash256} {
		if got, err := ParseHash(text); err == nil || !got.IsZero() {
			t.Errorf("%s: got %v", text, got)
		}
	}
	h, err := ParseHash256(strings.ToUpper(hexHash256))
	if err != nil || h.String() != hexHash256 || h.Short() != want {
		t.Errorf("got %v, %v", h, err)
	}
	for _, text := range []string{"", hexHash, "g" + hexHash256[1:]} {
		if got, err := ParseHash256(text); err == nil || !got.IsZero() {
			t.Errorf("%s: got %v", text, got)
		}
	}
	if text, err := h.MarshalText(); err != nil || string(text) != hexHash256 {
		t.Errorf("got %s", text)
	}
	if text, err := want.MarshalText(); err != nil || string(text) != hexHash {
		t.Errorf("got %s", text)
	}
}

func TestParseMagnet(t *testing.T) {
	hash, _ := ParseHash(hexHash)
	hash2, _ := ParseHash256(hexHash256)
	v1 := Magnet{Hash: hash, HasHash: true}
	with := func(change func(m *Magnet)) Magnet {
		m := v1
		change(&m)
		return m
	}
	tests := []struct {
		name, link string
		want       Magnet
	}{
		{"hex", "magnet:?xt=urn:btih:" + hexHash, v1},
		{"base32", "magnet:?xt=urn:btih:" + base32Hash, v1},
		{"capitals and spaces", " MAGNET:?XT=URN:BTIH:" + strings.ToUpper(hexHash) + "\n", v1},
		{"escaped", "magnet:?xt=urn%3Abtih%3A" + hexHash, v1},
		{"numbered", "magnet:?xt.1=urn:btih:" + hexHash + "&tr.1=http://a&tr.2=http://b", with(func(m *Magnet) { m.Trackers = []string{"http://a", "http://b"} })},
		{"twice the same", "magnet:?xt=urn:btih:" + hexHash + "&xt=urn:btih:" + base32Hash, v1},
		{"other networks", "magnet:?xt=urn:ed2k:354B15E68FB8F36D7CD88FF94116CDC1&xt=urn:btih:" + hexHash + "&xl=10&x=y&&=&kt", v1},
		{"v2", "magnet:?xt=urn:btmh:1220" + hexHash256, Magnet{HashV2: hash2, HasHashV2: true}},
		{"hybrid", "magnet:?xt=urn:btmh:1220" + hexHash256 + "&xt=urn:btih:" + hexHash, with(func(m *Magnet) { m.HashV2, m.HasHashV2 = hash2, true })},
		{"name", "magnet:?dn=a+b%20c%2Bd%26&xt=urn:btih:" + hexHash + "&dn=other", with(func(m *Magnet) { m.Name = "a b c+d&" })},
		{"name is not UTF-8", "magnet:?dn=%ff&xt=urn:btih:" + hexHash, with(func(m *Magnet) { m.Name = "\uFFFD" })},
		{"name is malformed", "magnet:?dn=%zz&xt=urn:btih:" + hexHash, v1},
		{
			"trackers", "magnet:?xt=urn:btih:" + hexHash + "&tr=http%3A%2F%2Fa%2Fx%2By&tr=http://a/x+y&tr=udp://b:1&tr=wss://c&tr=&tr=%zz&tr=http://d/\x1b",
			with(func(m *Magnet) { m.Trackers = []string{"http://a/x+y", "udp://b:1"} }),
		},
		{"web seeds", "magnet:?xt=urn:btih:" + hexHash + "&ws=http://a/x%20y&ws=udp://b", with(func(m *Magnet) { m.WebSeeds = []string{"http://a/x y"} })},
		{
			"peers", "magnet:?xt=urn:btih:" + hexHash + "&x.pe=1.2.3.4:5&x.pe=[::1]:6&x.pe=h.example:7&x.pe=1.2.3.4&x.pe=a:0&x.pe=a:65536&x.pe=::1:5&x.pe=a/b:1&x.pe=:1&x.pe=[fe80::1%25eth0]:5",
			with(func(m *Magnet) { m.Peers = []string{"1.2.3.4:5", "[::1]:6", "h.example:7"} }),
		},
		{"select", "magnet:?xt=urn:btih:" + hexHash + "&so=0,2,4-6,,9-9", with(func(m *Magnet) { m.Select = []Range{{0, 0}, {2, 2}, {4, 6}, {9, 9}} })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseMagnet(test.link)
			if err != nil || !reflect.DeepEqual(*got, test.want) {
				t.Fatalf("got %+v, %v", got, err)
			}
			again, err := ParseMagnet(got.String())
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("%s gives %+v, %v", got, again, err)
			}
		})
	}
}

func TestParseMagnetRefuses(t *testing.T) {
	good := "magnet:?xt=urn:btih:" + hexHash
	for name, test := range map[string]struct{ link, part string }{
		"nothing":         {"", ""},
		"a URL":           {"http://a", ""},
		"no question":     {"magnet:xt=urn:btih:" + hexHash, ""},
		"no topic":        {"magnet:?dn=x", "xt"},
		"empty":           {"magnet:?", "xt"},
		"other topic":     {"magnet:?xt=urn:sha1:" + base32Hash, "xt"},
		"short":           {"magnet:?xt=urn:btih:" + hexHash[1:], "xt"},
		"no hash":         {"magnet:?xt=urn:btih:", "xt"},
		"not hex":         {"magnet:?xt=urn:btih:z" + hexHash[1:], "xt"},
		"two hashes":      {good + "&xt=urn:btih:f" + hexHash[1:], "xt"},
		"v2 as v1":        {"magnet:?xt=urn:btih:" + hexHash256, "xt"},
		"other multihash": {"magnet:?xt=urn:btmh:1114" + hexHash, "xt"},
		"short multihash": {"magnet:?xt=urn:btmh:1220" + hexHash256[1:], "xt"},
		"two v2 hashes":   {"magnet:?xt=urn:btmh:1220" + hexHash256 + "&xt=urn:btmh:1220f" + hexHash256[1:], "xt"},
		"bad escape":      {"magnet:?xt=%zz", "xt"},
		"select words":    {good + "&so=a", "so"},
		"select backward": {good + "&so=5-4", "so"},
		"select negative": {good + "&so=-1", "so"},
		"select huge":     {good + "&so=4294967296", "so"},
		"select too much": {good + "&so=" + strings.Repeat("1,", maxMagnetRanges+1), "so"},
		"too long":        {good + "&dn=" + strings.Repeat("x", maxMagnet), ""},
	} {
		var refusal *MagnetError
		if _, err := ParseMagnet(test.link); !errors.As(err, &refusal) || refusal.Part != test.part {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMagnetIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("magnet:?xt=urn:btih:" + hexHash)
	for n := range 1000 {
		fmt.Fprintf(&b, "&tr=http://%d/&x.pe=a%d:1", n, n)
	}
	m, err := ParseMagnet(b.String())
	if err != nil || len(m.Trackers) != maxMagnetURLs || len(m.Peers) != maxMagnetPeers {
		t.Errorf("%d trackers, %d peers, %v", len(m.Trackers), len(m.Peers), err)
	}
}

func TestMagnetString(t *testing.T) {
	hash, _ := ParseHash(hexHash)
	hash2, _ := ParseHash256(hexHash256)
	m := &Magnet{
		Hash: hash, HasHash: true, HashV2: hash2, HasHashV2: true, Name: "a b&c+ü",
		Trackers: []string{"http://t/a?b=c&d", "udp://u:1"}, WebSeeds: []string{"http://w/x y"},
		Peers: []string{"[::1]:5"}, Select: []Range{{1, 1}, {3, 5}},
	}
	want := "magnet:?xt=urn:btih:" + hexHash + "&xt=urn:btmh:1220" + hexHash256 + "&dn=a%20b%26c%2B%C3%BC" +
		"&tr=http%3A%2F%2Ft%2Fa%3Fb%3Dc%26d&tr=udp%3A%2F%2Fu%3A1&ws=http%3A%2F%2Fw%2Fx%20y&x.pe=[::1]:5&so=1,3-5"
	if got := m.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMagnetOfTorrent(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1"})
	trackers := [][]string{{"http://a", "http://b"}, {"udp://c:1"}}
	for format, want := range map[Format][2]bool{V1: {true, false}, V2: {false, true}, Hybrid: {true, true}} {
		m := create(t, Options{Path: root, Format: format, Trackers: trackers, WebSeeds: []string{"http://w/"}})
		got, err := ParseMagnet(m.Magnet().String())
		if err != nil || [2]bool{got.HasHash, got.HasHashV2} != want || got.Name != "shared" {
			t.Errorf("%v: got %v, %v", format, got, err)
			continue
		}
		hash2, _ := m.Info.InfoHashV2()
		if got.HasHash && got.Hash != m.Info.InfoHash() || got.HashV2 != hash2 {
			t.Errorf("%v: got %v", format, got)
		}
		if !slices.Equal(got.Trackers, slices.Concat(trackers...)) || len(got.WebSeeds) != 1 {
			t.Errorf("%v: got %v", format, got)
		}
	}
}
