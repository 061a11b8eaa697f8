package tracker

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// benc makes a string of bencoding.
func benc(s string) string { return fmt.Sprintf("%d:%s", len(s), s) }

func addrs(texts ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, s := range texts {
		all = append(all, netip.MustParseAddrPort(s))
	}
	return all
}

func TestParseHTTPReply(t *testing.T) {
	compact := benc("\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x00\x50")
	six := benc("\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x1a\xe1")
	for _, c := range []struct {
		name, body string
		want       reply
	}{
		{"empty", "de", reply{Counts: unknown}},
		{"compact", "d8:intervali1800e5:peers" + compact + "e", reply{
			interval: 30 * time.Minute, Counts: unknown, peers: addrs("1.2.3.4:6881", "5.6.7.8:80"),
		}},
		{"everything", "d8:completei7e10:incompletei3e12:min intervali60e8:intervali120e10:tracker id3:abc" +
			"15:warning message4:slow11:external ip4:\x08\x08\x08\x08" + "5:peers" + compact + "6:peers6" + six + "e", reply{
			interval: 2 * time.Minute, minInterval: time.Minute, Counts: Counts{7, 3, -1}, warning: "slow",
			trackerID: "abc", external: netip.MustParseAddr("8.8.8.8"),
			peers: addrs("1.2.3.4:6881", "5.6.7.8:80", "[2001:db8::1]:6881"),
		}},
		{"list", "d5:peersl" +
			"d2:ip7:1.2.3.47:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee" +
			"d4:porti1e2:ip11:2001:db8::1e" +
			"d2:ip9:localhost4:porti80ee" + // a name
			"d2:ip7:1.2.3.44:porti65536ee" +
			"d2:ip7:1.2.3.44:porti-1ee" +
			"d2:ip7:1.2.3.4e" +
			"d4:porti80ee" +
			"d2:ipi5e4:port2:80e" +
			"i5e4:textle" +
			"d2:ip12:fe80::1%eth04:porti9ee" +
			"ee", reply{Counts: unknown, peers: addrs("1.2.3.4:6881", "[2001:db8::1]:1", "[fe80::1]:9")}},
		{"invalid peers", "d5:peers" + benc("\x01\x02\x03\x04\x00\x00"+"\x00\x00\x00\x00\x1a\xe1"+"\xe0\x00\x00\x01\x1a\xe1"+
			"\xff\xff\xff\xff\x1a\xe1"+"\x09\x09\x09\x09\x00\x09"+"\x01\x02\x03") + "e",
			reply{Counts: unknown, peers: addrs("9.9.9.9:9")}},
		{"IPv4 in IPv6", "d6:peers6" + benc("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04\x00\x05") + "e",
			reply{Counts: unknown, peers: addrs("1.2.3.4:5")}},
		{"no peers", "d5:peers0:6:peers60:e", reply{Counts: unknown}},
		{"empty list", "d5:peerslee", reply{Counts: unknown}},
		{"unsorted, unknown, nested", "d1:zd1:ali1ei2eee8:intervali5e1:ai1ee", reply{interval: 5 * time.Second, Counts: unknown}},
		{"trailing", "d8:intervali5ee\r\n\x00junk", reply{interval: 5 * time.Second, Counts: unknown}},
		{"other kinds", "d8:interval3:abc8:complete0:15:warning messagei5e11:external ip3:abce", reply{Counts: unknown}},
		{"absurd numbers", "d8:intervali18446744073709551615e12:min intervali-5e8:completei99999999999e10:incompletei-7ee",
			reply{interval: maxInterval, Counts: Counts{1<<31 - 1, -1, -1}}},
		{"long tracker id", "d10:tracker id" + benc(strings.Repeat("x", 257)) + "e", reply{Counts: unknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseHTTPReply([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.peers, c.want.peers) {
				t.Errorf("peers %v, want %v", got.peers, c.want.peers)
			}
			a, b := *got, c.want
			a.peers, b.peers = nil, nil
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("got  %+v\nwant %+v", a, b)
			}
		})
	}
}

func TestParseHTTPReplyRefusals(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Failure
	}{
		{"reason", "d14:failure reason12:unregisterede", Failure{Reason: "unregistered"}},
		{"empty reason", "d14:failure reason0:e", Failure{}},
		{"retry in minutes", "d14:failure reason4:busy8:retry ini7ee", Failure{Reason: "busy", retry: 7 * time.Minute}},
		{"retry in text", "d14:failure reason4:busy8:retry in1:7e", Failure{Reason: "busy", retry: 7 * time.Minute}},
		{"retry never", "d14:failure reason4:gone8:retry in5:nevere", Failure{Reason: "gone", never: true}},
		{"retry absurd", "d14:failure reason4:busy8:retry ini99999999999ee", Failure{Reason: "busy", retry: maxInterval}},
		{"hostile text is handed on", "d14:failure reason5:\x1b[31m8:intervali5ee", Failure{Reason: "\x1b[31m"}},
	} {
		_, err := parseHTTPReply([]byte(c.body))
		got, ok := errors.AsType[*Failure](err)
		if !ok || *got != c.want {
			t.Errorf("%s: %+v (%v), want %+v", c.name, got, err, c.want)
		}
	}
}

func TestParseHTTPReplyErrors(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":           "",
		"html":              "<html>",
		"a list":            "le",
		"cut short":         "d8:intervali18",
		"no end":            "d8:intervali18e",
		"string too long":   "d5:peers99:abce",
		"length overflow":   "d5:peers99999999999999999999:abce",
		"empty integer":     "d8:intervaliee",
		"minus":             "d8:intervali-ee",
		"key is no string":  "di5ei6ee",
		"key without value": "d8:intervale",
		"too deep":          "d1:x" + strings.Repeat("l", 100) + strings.Repeat("e", 101),
		"very deep":         "d1:x" + strings.Repeat("l", 900_000),
		"deep in peers":     "d5:peers" + strings.Repeat("l", 900_000),
		"peers of no kind":  "d5:peersi5ee",
		"bad peer":          "d5:peersld2:ip99:xeee",
	} {
		if r, err := parseHTTPReply([]byte(body)); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestPeersOfOneReplyAreBounded(t *testing.T) {
	var compact, list strings.Builder
	for i := range 5000 {
		compact.WriteString("\x01\x02" + string([]byte{byte(i >> 8), byte(i)}) + "\x1a\xe1")
		fmt.Fprintf(&list, "d2:ip7:1.2.3.44:porti%dee", i+1)
	}
	for name, body := range map[string]string{
		"compact": "d5:peers" + benc(compact.String()) + "e",
		"list":    "d5:peersl" + list.String() + "ee",
		"both":    "d5:peersl" + list.String() + "e6:peers6" + benc(strings.Repeat("\x20\x01abcdefghijklmn\x00\x01", 3000)) + "e",
	} {
		r, err := parseHTTPReply([]byte(body))
		if err != nil || len(r.peers) != maxPeers {
			t.Errorf("%s: %v, %v", name, len(r.peers), err)
		}
	}
}

func FuzzHTTPReply(f *testing.F) {
	for _, s := range []string{
		"de", "d8:intervali1800e5:peers6:\x01\x02\x03\x04\x1a\xe1e", "d14:failure reason4:busy8:retry ini7ee",
		"d5:peersld2:ip7:1.2.3.44:porti6881eee6:peers618:0123456789abcdef12e", "d8:completei7e10:incompletei-3ee",
		"d1:xllllee", "d10:tracker id3:abc11:external ip4:\x08\x08\x08\x0815:warning message2:\xff\xfee",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseHTTPReply(b)
		if refusal, ok := errors.AsType[*Failure](err); ok && refusal.retry > maxInterval {
			t.Errorf("unbounded refusal %+v", refusal)
		}
		if err == nil {
			checkReply(t, r)
		}
	})
}

// checkReply checks what every reply promises, whatever bytes it came from.
func checkReply(t *testing.T, r *reply) {
	t.Helper()
	if len(r.peers) > maxPeers || len(r.trackerID) > maxText {
		t.Errorf("unbounded reply: %d peers, %q", len(r.peers), r.trackerID)
	}
	if r.interval < 0 || r.interval > maxInterval || r.minInterval < 0 || r.minInterval > maxInterval {
		t.Errorf("intervals %v, %v", r.interval, r.minInterval)
	}
	checkCounts(t, r.Counts)
	for _, p := range r.peers {
		if !usablePeer(p) || p.Addr().Is4In6() || p.Addr().Zone() != "" {
			t.Errorf("peer %v", p)
		}
	}
}

func checkCounts(t *testing.T, c Counts) {
	t.Helper()
	if min(c.Seeders, c.Leechers, c.Downloaded) < -1 {
		t.Errorf("counts %+v", c)
	}
}
