package network

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

const sample = "\ufeff# a comment\n\n// another\r\n" +
	"Blah blah:1.2.3.0-1.2.3.255\r\n" +
	"with: colons: 10:9:5.6.7.0 - 5.6.7.128\n" +
	"zeros:009.010.000.001-009.010.000.009\n" +
	"20.0.0.0/8\n30.1.2.3\n40.0.0.1-40.0.0.9\n40.0.0.5-40.0.0.20\n" +
	"2001:db8::/32\nsix:fd00::1-fd00::ff\nfd01::7\n" +
	"1.2.3.9-1.2.3.1\nnonsense\n1.2.3.4-::1\n300.1.1.1\n1.2.3.0/40\nfe80::1%eth0\n"

func TestReadBlocklist(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, sample)
	z.Close()
	for name, text := range map[string]string{"plain": sample, "packed": packed.String()} {
		b, err := ReadBlocklist(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b.Bad() != 6 || b.Ranges() != 9 {
			t.Errorf("%s: %d ranges, %d bad lines", name, b.Ranges(), b.Bad())
		}
		for ip, want := range map[string]bool{
			"1.2.3.0": true, "1.2.3.255": true, "1.2.2.255": false, "1.2.4.0": false, "::ffff:1.2.3.4": true, "5.6.7.128": true,
			"5.6.7.129": false, "9.10.0.9": true, "9.10.0.10": false, "20.255.255.255": true, "21.0.0.0": false, "30.1.2.3": true,
			"30.1.2.2": false, "40.0.0.20": true, "40.0.0.21": false, "2001:db8:ffff::": true, "2001:db9::": false, "fd00::ff": true,
			"fd00::100": false, "fd01::7": true, "fd01::8": false, "::": false, "0.0.0.0": false, "255.255.255.255": false,
		} {
			if got := b.Contains(netip.MustParseAddr(ip)); got != want {
				t.Errorf("%s: %s is on the list: %v", name, ip, got)
			}
		}
	}
}

const testLimit = 1 << 20

func TestReadBlocklistRefuses(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	line := bytes.Repeat([]byte("x:1.2.3.4-1.2.3.4\n"), 4096)
	for range testLimit/len(line) + 1 {
		z.Write(line)
	}
	z.Close()
	for name, text := range map[string]string{
		"a page": "<html>\nnot found\n</html>", "a bomb": bomb.String(), "cut off": string(bomb.Bytes()[:bomb.Len()/2]),
		"not gzip": "\x1f\x8bjunk",
	} {
		if _, err := readBlocklist(strings.NewReader(text), testLimit); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if b, err := ReadBlocklist(strings.NewReader("")); err != nil || b.Contains(netip.MustParseAddr("1.2.3.4")) {
		t.Errorf("an empty list: %v", err)
	}
	var none *Blocklist
	if none.Contains(netip.MustParseAddr("1.2.3.4")) {
		t.Error("no list blocks")
	}
}

func TestBlocklistOfOthers(t *testing.T) {
	for _, name := range []string{"blocklist.txt", "blocklist.txt.gz"} {
		f, err := os.Open("../../../shared/corpora/webtorrent-fixtures/fixtures/" + name)
		if err != nil {
			t.Skip("the corpus is not here")
		}
		b, err := ReadBlocklist(f)
		f.Close()
		if err != nil || b.Ranges() != 2 || b.Bad() != 0 || !b.Contains(netip.MustParseAddr("5.6.7.77")) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

// Peers on the list are not dialled; a tracker at the same address is; a new list holds at once.
func TestBlockedPeers(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	b, err := ReadBlocklist(strings.NewReader("127.0.0.0/8"))
	if err != nil {
		t.Fatal(err)
	}
	n := mustNew(t, Options{Blocklist: b})
	if _, err := n.DialPeer(t.Context(), at); !errors.Is(err, ErrBlocked) {
		t.Errorf("dial: %v", err)
	}
	if err := n.AdmitPeer(netip.MustParseAddr("::ffff:127.0.0.9")); !errors.Is(err, ErrBlocked) {
		t.Errorf("admit: %v", err)
	}
	c, err := n.Dialer(TrackerPolicy(true)).DialContext(t.Context(), "tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	n.SetBlocklist(nil)
	if c, err = n.DialPeer(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func FuzzReadBlocklist(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("a:::::::::-::"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := ReadBlocklist(bytes.NewReader(text))
		if err != nil {
			return
		}
		for i, s := range b.v4 {
			if s.first > s.last || i > 0 && s.first <= b.v4[i-1].last {
				t.Fatalf("ranges out of order: %v", b.v4)
			}
		}
	})
}

func BenchmarkBlocklist(b *testing.B) {
	var text strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&text, "who:%d.%d.%d.0-%d.%d.%d.99\n", i>>16+1, i>>8&255, i&255, i>>16+1, i>>8&255, i&255)
	}
	list, err := ReadBlocklist(strings.NewReader(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	ip := netip.MustParseAddr("2.9.100.100")
	for b.Loop() {
		list.Contains(ip)
	}
}
