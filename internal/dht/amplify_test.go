package dht

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/time/rate"
)

// mute is a socket that nothing comes in at and that keeps what is written to it.
type mute struct {
	net.PacketConn
	local netip.AddrPort
	sent  [][]byte
}

func (m *mute) WriteTo(b []byte, _ net.Addr) (int, error) {
	m.sent = append(m.sent, append([]byte(nil), b...))
	return len(b), nil
}

func (m *mute) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(m.local) }

// rich is a node that has something to say: full tables and a full store. It does nothing on its own.
func rich(t testing.TB) (n *Node, four, six *mute) {
	four = &mute{local: testAddr(1, 6881)}
	six = &mute{local: netip.MustParseAddrPort("[2003::1]:6881")}
	n, err := newNode(context.Background(), Config{Conn4: four, Conn6: six})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		b := netip.MustParseAddr("2003::1").As16()
		b[2], b[3] = byte(i>>8), byte(i)
		peer6 := netip.AddrPortFrom(netip.AddrFrom16(b), 6881)
		for f, a := range map[*family]netip.AddrPort{n.families[0]: testAddr(i+2, 6881), n.families[1]: peer6} {
			f.table.heard(secureAt(a))
			f.peers.add(nodeID([]byte(id2)), a, i%2 == 0)
			f.peers.add(hashNumber(i), a, false)
		}
	}
	return n, four, six
}

// FuzzAnswer sends any packet from an address that is not known, on both families, and sees how much comes back.
func FuzzAnswer(f *testing.F) {
	for _, q := range []string{
		"d1:q1:x1:t1:a1:y1:qe",
		queryFor("ping", ""),
		queryFor("put", "6:target20:"+id2),
		queryFor("find_node", "6:target20:"+id2+"4:wantl2:n42:n6e"),
		queryFor("get_peers", "9:info_hash20:"+id2+"4:wantl2:n42:n6e"),
		queryFor("get_peers", "9:info_hash20:"+id2+"6:noseedi1e6:scrapei1e"),
		queryFor("get_peers", "9:info_hash20:"+id2+"6:scrapei1e5:token8:xxxxxxxx4:wantl2:n42:n6e"),
		queryFor("get_peers", "9:info_hash20:"+id2+"3:pad200:"+strings.Repeat("x", 200)+"6:scrapei1e"),
		queryFor("sample_infohashes", "6:target20:"+id2),
		queryFor("announce_peer", "9:info_hash20:"+id2+"4:porti1e5:token8:xxxxxxxx"),
		"d1:rd2:id20:" + id1 + "e1:t4:aaaa1:y1:re",
		"d1:eli201e4:texte1:t4:aaaa1:y1:ee",
	} {
		f.Add([]byte(q))
	}
	n, four, six := rich(f)
	n.answersOther = rate.NewLimiter(rate.Inf, 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxPacket {
			return
		}
		for i, from := range []string{"11.99.99.99:7", "[2003:99::1]:7"} {
			fam, sock := n.families[i], []*mute{four, six}[i]
			fam.strangers, sock.sent = inflow{}, nil
			stored := fam.peers.len()
			fam.receive(b, netip.MustParseAddrPort(from))
			if len(sock.sent) > 1 {
				t.Fatalf("%q is answered %d times", b, len(sock.sent))
			}
			for _, r := range sock.sent {
				if len(r) > gain*len(b) || len(r) > maxAnswer {
					t.Fatalf("%d bytes are answered with %d", len(b), len(r))
				}
				if p, ok := parsePacket(r); !ok || p.kind == 'q' {
					t.Fatalf("%q is answered with %q", b, r)
				}
			}
			if fam.peers.len() > stored {
				t.Fatal("a stranger without a token announced")
			}
		}
	})
}

// TestKnownNodesGetFullAnswers checks the size of what goes to those who proved their address: in the table, or by a
// token.
func TestKnownNodesGetFullAnswers(t *testing.T) {
	n, four, _ := rich(t)
	f := n.families[0]
	ask := func(from netip.AddrPort, q string) packet {
		t.Helper()
		four.sent = nil
		f.receive([]byte(q), from)
		if len(four.sent) != 1 || len(four.sent[0]) > maxAnswer {
			t.Fatalf("answered with %q", four.sent)
		}
		p, _ := parsePacket(four.sent[0])
		return p
	}
	scrape := "9:info_hash20:" + id2 + "6:scrapei1e"
	known := f.table.latest()[0].addr
	if p := ask(known, queryFor("get_peers", scrape)); p.seeds == nil || p.peers == nil || len(p.nodes4) != answerNodes || len(p.values) < 5 || len(p.values) > 30 {
		t.Errorf("a node of the table gets %d peers and %d nodes", len(p.values), len(p.nodes4))
	} else if s, l := p.seeds.estimate(), p.peers.estimate(); s < 130 || s > 170 || l < 130 || l > 170 {
		t.Errorf("the filters hold %.0f and %.0f, want 150 each", s, l)
	}
	stranger := netip.MustParseAddrPort("11.99.99.99:7")
	p := ask(stranger, queryFor("get_peers", scrape))
	if p.seeds != nil || len(p.values) == 0 || len(p.nodes4) == 0 || len(p.token) == 0 {
		t.Errorf("a stranger gets %d peers and %d nodes", len(p.values), len(p.nodes4))
	}
	if p := ask(stranger, queryFor("get_peers", scrape+"5:token8:"+string(p.token))); p.seeds == nil || len(p.nodes4) != answerNodes {
		t.Errorf("a stranger with a token gets %d peers and %d nodes", len(p.values), len(p.nodes4))
	}
	other := netip.MustParseAddrPort("11.99.99.98:7")
	if p := ask(other, queryFor("get_peers", scrape+"5:token8:"+string(p.token))); p.seeds != nil {
		t.Error("another's token is taken")
	}
	if p := ask(known, queryFor("get_peers", "9:info_hash20:"+id2+"6:noseedi1e")); len(p.values) < 50 {
		t.Errorf("%d leechers are told", len(p.values))
	} else {
		for _, v := range p.values {
			if i := int(v.Addr().As4()[0]) - 11 + 80*int(v.Addr().As4()[1]) - 2; i%2 == 0 {
				t.Errorf("%v is a seed", v)
			}
		}
	}
	if p := ask(known, queryFor("get_peers", "9:info_hash20:"+id1+"6:scrapei1e")); p.seeds != nil {
		t.Error("filters for a torrent that nobody announced")
	}
}
