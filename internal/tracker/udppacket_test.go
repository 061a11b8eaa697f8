package tracker

import (
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConnectPacket(t *testing.T) {
	if got := hex.EncodeToString(connectPacket(0xdeadbeef)); got != "000004172710198000000000deadbeef" {
		t.Errorf("connect packet %s", got)
	}
}

func TestAnnouncePacket(t *testing.T) {
	r := request{
		port: 6881, key: 0x01020304, want: 50, event: eventStarted,
		stats: Stats{Uploaded: 3, Downloaded: 1, Left: 2},
	}
	copy(r.infoHash[:], strings.Repeat("h", 20))
	copy(r.peerID[:], strings.Repeat("p", 20))
	got := hex.EncodeToString(r.announcePacket(0xc0ffee, 7, []byte{2, 1, '/'}))
	want := "0000000000c0ffee" + "00000001" + "00000007" +
		strings.Repeat("68", 20) + strings.Repeat("70", 20) +
		"0000000000000001" + "0000000000000002" + "0000000000000003" +
		"00000002" + "00000000" + "01020304" + "00000032" + "1ae1" + "02012f"
	if got != want {
		t.Errorf("announce packet\n%s, want\n%s", got, want)
	}
}

func TestURLOptions(t *testing.T) {
	long := "/" + strings.Repeat("a", 299)
	for raw, want := range map[string]string{
		"udp://t:1":              "",
		"udp://t:1/announce":     "\x02\x09/announce",
		"udp://t:1/announce?k=v": "\x02\x0d/announce?k=v",
		"udp://t:1/a%20b":        "\x02\x06/a%20b",
		"udp://t:1" + long:       "\x02\xff" + long[:255] + "\x02\x2d" + long[255:],
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(urlOptions(u)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestParseUDPReplies(t *testing.T) {
	const transaction = "\x00\x00\x00\x07"
	id, err := parseConnectReply([]byte("\x00\x00\x00\x00" + transaction + "\x00\x00\x00\x00\x00\xc0\xff\xee"))
	if err != nil || id != 0xc0ffee {
		t.Errorf("connect reply %x, %v", id, err)
	}
	head := "\x00\x00\x00\x01" + transaction + "\x00\x00\x07\x08" + "\x00\x00\x00\x03" + "\x00\x00\x00\x05"
	r, err := parseAnnounceReply([]byte(head+"\x01\x02\x03\x04\x1a\xe1"+"\x00\x00\x00\x00\x00\x01"+"\x09\x09"), 4)
	if err != nil {
		t.Fatal(err)
	}
	if r.interval != 30*time.Minute || r.Leechers != 3 || r.Seeders != 5 || !slices.Equal(r.peers, addrs("1.2.3.4:6881")) {
		t.Errorf("announce reply %+v", r)
	}
	r, err = parseAnnounceReply([]byte(head+"\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01\x1a\xe1"), 16)
	if err != nil || !slices.Equal(r.peers, addrs("[2001:db8::1]:6881")) {
		t.Errorf("announce reply over IPv6 %+v, %v", r, err)
	}
	many := head + strings.Repeat("\x01\x02\x03\x04\x1a\xe1", 5000)
	if r, err = parseAnnounceReply([]byte(many), 4); err != nil || len(r.peers) != maxPeers {
		t.Errorf("%d peers, %v", len(r.peers), err)
	}
}

func TestParseUDPErrors(t *testing.T) {
	const transaction = "\x00\x00\x00\x07"
	for name, b := range map[string]string{
		"empty":        "",
		"header":       "\x00\x00\x00\x01" + transaction,
		"short":        "\x00\x00\x00\x01" + transaction + strings.Repeat("x", 11),
		"other action": "\x00\x00\x00\x02" + transaction + strings.Repeat("x", 50),
	} {
		if r, err := parseAnnounceReply([]byte(b), 4); err == nil {
			t.Errorf("%s: announce reply %+v", name, r)
		}
		if id, err := parseConnectReply([]byte(b)); err == nil {
			t.Errorf("%s: connect reply %x", name, id)
		}
	}
	_, err := parseAnnounceReply([]byte("\x00\x00\x00\x03"+transaction+"no such torrent\x00\x00"), 4)
	if f, ok := errors.AsType[*Failure](err); !ok || f.Reason != "no such torrent" {
		t.Errorf("error reply: %v", err)
	}
}

func FuzzUDPReply(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\xc0\xff\xee"), false)
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x07\x00\x00\x07\x08\x00\x00\x00\x03\x00\x00\x00\x05\x01\x02\x03\x04\x1a\xe1"), false)
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff0123456789abcdef12"), true)
	f.Add([]byte("\x00\x00\x00\x03\x00\x00\x00\x07no"), false)
	f.Add([]byte("\x00\x00\x00\x02\x00\x00\x00\x07\x00\x00\x00\x05\x00\x00\x00\x09\xff\xff\xff\xff\x00\x00"), false)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		size := 4
		if six {
			size = 16
		}
		r, err := parseAnnounceReply(b, size)
		if err == nil {
			checkReply(t, r)
		}
		if _, err := parseConnectReply(b); err == nil && len(b) < connectSize {
			t.Errorf("a connection id from %d bytes", len(b))
		}
		const n = 3
		if all, err := parseScrapeReply(b, n); err == nil {
			checkCensus(t, all, n)
		}
	})
}
