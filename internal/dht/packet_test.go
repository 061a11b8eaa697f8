package dht

import (
	"bytes"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/anacrolix/torrent/bencode"
)

const (
	id1 = "abcdefghij0123456789"
	id2 = "mnopqrstuvwxyz123456"
)

func TestParsePacket(t *testing.T) {
	ip6 := netip.MustParseAddrPort("[2001:db8::1]:6881")
	ip4 := netip.MustParseAddrPort("11.22.33.44:6881")
	compact4, compact6 := string(appendAddr(nil, ip4)), string(appendAddr(nil, ip6))
	tests := map[string]struct {
		in   string
		want packet
	}{
		"ping": {
			"d1:ad2:id20:" + id1 + "e1:q4:ping1:t2:aa1:y1:qe",
			packet{kind: 'q', tid: []byte("aa"), method: "ping", sender: nodeID([]byte(id1)), signed: true},
		},
		"find_node with want, read-only, unknown keys": {
			"d1:ad2:id20:" + id1 + "6:target20:" + id2 + "4:wantl2:n42:n6e1:xd1:yli1eeee1:q9:find_node2:roi1e1:t2:aa1:v4:SH011:y1:qe",
			packet{kind: 'q', tid: []byte("aa"), method: "find_node", sender: nodeID([]byte(id1)), signed: true,
				target: nodeID([]byte(id2)), targeted: true, want4: true, want6: true, readOnly: true},
		},
		"announce_peer": {
			"d1:ad2:id20:" + id1 + "12:implied_porti1e9:info_hash20:" + id2 + "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
			packet{kind: 'q', tid: []byte("aa"), method: "announce_peer", sender: nodeID([]byte(id1)), signed: true,
				target: nodeID([]byte(id2)), targeted: true, token: []byte("aoeusnth"), port: 6881, impliedPort: true},
		},
		"keys in any order, trailing bytes": {
			"d1:y1:q1:t2:aa1:q4:ping1:ad2:id20:" + id1 + "eejunk",
			packet{kind: 'q', tid: []byte("aa"), method: "ping", sender: nodeID([]byte(id1)), signed: true},
		},
		"query without arguments": {
			"d1:q13:announce_peer1:t2:aa1:y1:qe",
			packet{kind: 'q', tid: []byte("aa"), method: "announce_peer"},
		},
		"arguments of wrong kinds": {
			"d1:ai1e1:ql1:xe1:t2:aa1:y1:q2:rol1:xe2:ipi4ee",
			packet{kind: 'q', tid: []byte("aa")},
		},
		"ids of wrong lengths": {
			"d1:ad2:id3:abc6:target2:xx4:port1:x4:want2:n45:tokeni1ee1:q4:ping1:t2:aa1:y1:qe",
			packet{kind: 'q', tid: []byte("aa"), method: "ping"},
		},
		"response": {
			"d2:ip6:" + compact4 + "1:rd2:id20:" + id1 + "5:nodes26:" + id2 + compact4 + "6:nodes638:" + id2 + compact6 +
				"5:token3:tok6:valuesl6:" + compact4 + "18:" + compact6 + "ee1:t2:aa1:y1:re",
			packet{kind: 'r', tid: []byte("aa"), sender: nodeID([]byte(id1)), signed: true, observed: ip4,
				token: []byte("tok"), nodes4: []contact{{nodeID([]byte(id2)), ip4}}, nodes6: []contact{{nodeID([]byte(id2)), ip6}},
				values: []netip.AddrPort{ip4, ip6}},
		},
		"response with broken parts": {
			"d2:ip3:abc1:rd2:id20:" + id1 + "5:nodes30:" + id2 + compact4 + "left" +
				"6:valuesl0:1:x7:1234567i5el3:abce6:\x00\x00\x00\x00\x1a\xe16:" + compact4[:4] + "\x00\x00ee1:t2:aa1:y1:re",
			packet{kind: 'r', tid: []byte("aa"), sender: nodeID([]byte(id1)), signed: true,
				nodes4: []contact{{nodeID([]byte(id2)), ip4}}},
		},
		"error": {
			"d1:eli201e4:texte1:t2:aa1:y1:ee",
			packet{kind: 'e', tid: []byte("aa"), code: 201},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := parsePacket([]byte(tt.in))
			if !ok || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("parsePacket is\n%+v %v, want\n%+v", got, ok, tt.want)
			}
		})
	}
}

func TestParsePacketRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":                    "",
		"not a dictionary":           "li1ee",
		"cut":                        "d1:ad2:id20:" + id1 + "e1:q4:ping1:t2:aa1:y1:q",
		"no kind":                    "d1:t2:aae",
		"unknown kind":               "d1:t2:aa1:y1:xe",
		"no transaction":             "d1:q4:ping1:y1:qe",
		"transaction is a number":    "d1:q4:ping1:ti1e1:y1:qe",
		"transaction without end":    "d1:q4:ping1:t65:" + strings.Repeat("x", 65) + "1:y1:qe",
		"response without id":        "d1:rde1:t2:aa1:y1:re",
		"response with a short id":   "d1:rd2:id3:abce1:t2:aa1:y1:re",
		"key is a number":            "di1ei1e1:t2:aa1:y1:qe",
		"length beyond the packet":   "d1:t99:aa1:y1:qe",
		"length of many digits":      "d1:t99999999999999999999:aa",
		"negative length":            "d1:t-1:aa1:y1:qe",
		"integer of many digits":     "d1:xi99999999999999999999e1:t2:aa1:y1:qe",
		"integer without digits":     "d1:xie1:t2:aa1:y1:qe",
		"deep":                       "d1:t2:aa1:x" + strings.Repeat("l", 50) + strings.Repeat("e", 50) + "1:y1:qe",
		"larger than any real one":   "d1:t2:aa1:x5000:" + strings.Repeat("x", 5000) + "1:z5000:" + strings.Repeat("x", 5000) + "1:y1:qe",
		"dictionary that never ends": strings.Repeat("d", 4000),
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := parsePacket([]byte(in)); ok {
				t.Errorf("parsePacket takes it as %+v", p)
			}
		})
	}
}

// FuzzPacket checks that what is read of a packet is written and read again as the same, and stays small.
func FuzzPacket(f *testing.F) {
	f.Add([]byte("d1:ad2:id20:" + id1 + "6:target20:" + id2 + "4:wantl2:n42:n6eee1:q9:find_node2:roi1e1:t2:aa1:y1:qe"))
	f.Add([]byte("d1:ad2:id20:" + id1 + "9:info_hash20:" + id2 + "6:noseedi1e6:scrapei1e5:token3:toke1:q9:get_peers1:t2:aa1:y1:qe"))
	f.Add([]byte("d2:ip6:abcdef1:rd2:id20:" + id1 + "5:nodes26:" + id2 + "abcdef5:token3:tok6:valuesl6:abcdef18:abcdefghijklmnopqree1:t2:aa1:y1:re"))
	f.Add([]byte("d1:rd4:BFpe256:" + strings.Repeat("x", 256) + "4:BFsd256:" + strings.Repeat("y", 256) + "2:id20:" + id1 + "e1:t2:aa1:y1:re"))
	f.Add([]byte("d1:eli201e4:texte1:t2:aa1:y1:ee"))
	f.Add([]byte("d1:q13:announce_peer1:t2:aa1:y1:qe"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parsePacket(b)
		if !ok {
			return
		}
		out := p.append(nil)
		if len(out) > maxPacket {
			t.Fatalf("%d bytes become %d", len(b), len(out))
		}
		again, ok := parsePacket(out)
		if !ok || !bytes.Equal(again.append(nil), out) {
			t.Fatalf("%q changes when it is read again", out)
		}
		var v any
		if err := bencode.Unmarshal(out, &v); err != nil {
			t.Fatalf("%q is not bencode: %v", out, err)
		}
	})
}
