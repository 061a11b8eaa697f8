package dht

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stranger is a socket on the fabric that speaks KRPC by hand.
type stranger struct {
	t  *testing.T
	s  *socket
	to netip.AddrPort
}

// ask sends a query and returns the response.
func (s *stranger) ask(query string) packet {
	s.t.Helper()
	b := s.raw(query)
	p, ok := parsePacket(b)
	if !ok {
		s.t.Fatalf("%q is answered with %q", query, b)
	}
	return p
}

// raw sends bytes and returns the answer to them, nil if there is none.
func (s *stranger) raw(query string) []byte {
	s.t.Helper()
	s.send(query)
	timeout := time.After(time.Second)
	for {
		select {
		case d := <-s.s.in:
			// The node asks in turn who we are.
			if p, ok := parsePacket(d.b); !ok || p.kind != 'q' {
				return d.b
			}
		case <-timeout:
			return nil
		}
	}
}

func (s *stranger) send(b string) {
	s.s.WriteTo([]byte(b), net.UDPAddrFromAddrPort(s.to))
}

// become answers the node's queries until it is known in its table.
func (s *stranger) become(id string) {
	s.t.Helper()
	s.send("d1:ad2:id20:" + id + "e1:q4:ping1:t2:aa1:y1:qe")
	timeout := time.After(10 * time.Second)
	for {
		select {
		case d := <-s.s.in:
			if p, _ := parsePacket(d.b); p.kind == 'q' {
				r := packet{kind: 'r', tid: p.tid, sender: nodeID([]byte(id))}
				s.s.WriteTo(r.append(nil), net.UDPAddrFromAddrPort(s.to))
				time.Sleep(time.Second)
				return
			}
		case <-timeout:
			s.t.Fatal("the node never asks back")
		}
	}
}

// withStranger runs a test in virtual time with one node and a stranger.
func withStranger(t *testing.T, test func(t *testing.T, n *Node, s *stranger)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, addr := f.node(t, 1, Config{})
		s := &stranger{t, f.listen(2, false), addr}
		test(t, n, s)
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
}

func queryFor(method, arguments string) string {
	return "d1:ad2:id20:" + id1 + arguments + "e1:q" + fmt.Sprint(len(method)) + ":" + method + "1:t2:aa1:y1:qe"
}

func TestAnswers(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		me := n.families[0].table.self()
		target := "20:" + id2
		for query, code := range map[string]int64{
			queryFor("ping", ""):                             0,
			queryFor("find_node", "6:target"+target):         0,
			queryFor("get_peers", "9:info_hash"+target):      0,
			queryFor("sample_infohashes", "6:target"+target): 0,
			queryFor("find_node", ""):                        errProtocol,
			queryFor("get_peers", ""):                        errProtocol,
			queryFor("announce_peer", ""):                    errProtocol,
			queryFor("put", ""):                              errMethod,
			queryFor("put", "6:target"+target):               errMethod,
			queryFor("make_coffee", ""):                      errMethod,
			"d1:q4:ping1:t2:aa1:y1:qe":                       errProtocol,
			"d1:q13:announce_peer1:t2:aa1:y1:qe":             errProtocol,
		} {
			p := s.ask(query)
			if string(p.tid) != "aa" || code != 0 && (p.kind != 'e' || p.code != code) || code == 0 && (p.kind != 'r' || p.sender != me) {
				t.Errorf("%q is answered with %+v, want code %d", query, p, code)
			}
			if code == 0 && p.observed != s.s.addr {
				t.Errorf("%q: the answer says our address is %v, want %v", query, p.observed, s.s.addr)
			}
		}
	})
}

func TestAnnounceNeedsItsToken(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		hash := "9:info_hash20:" + id2
		token := string(s.ask(queryFor("get_peers", hash)).token)
		announce := func(port, token string) packet {
			return s.ask(queryFor("announce_peer", hash+port+fmt.Sprintf("5:token%d:%s", len(token), token)))
		}
		for name, tt := range map[string]struct{ port, token string }{
			"no token":      {"4:porti7000e", ""},
			"forged token":  {"4:porti7000e", strings.Repeat("x", len(token))},
			"no port":       {"", token},
			"port 0":        {"4:porti0e", token},
			"port too big":  {"4:porti65536e", token},
			"negative port": {"4:porti-1e", token},
		} {
			if p := announce(tt.port, tt.token); p.kind != 'e' || p.code != errProtocol {
				t.Errorf("%s: answered with %+v", name, p)
			}
		}
		if p := announce("4:porti7000e", token); p.kind != 'r' {
			t.Errorf("a good announce is answered with %+v", p)
		}
		if p := announce("12:implied_porti1e4:porti9e", token); p.kind != 'r' {
			t.Errorf("an announce with implied port is answered with %+v", p)
		}
		got := s.ask(queryFor("get_peers", hash)).values
		want := []netip.AddrPort{at(s.s.addr, 6881), at(s.s.addr, 7000)}
		slices.SortFunc(got, netip.AddrPort.Compare)
		if !slices.Equal(got, want) {
			t.Errorf("get_peers gives %v, want %v", got, want)
		}
		time.Sleep(storeTime)
		if got := s.ask(queryFor("get_peers", hash)).values; len(got) > 0 {
			t.Errorf("after %v get_peers still gives %v", storeTime, got)
		}
		if p := announce("4:porti7000e", token); p.kind != 'e' {
			t.Error("a token of half an hour ago is taken")
		}
	})
}

func TestAnswersToStrangersAreSmall(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		for i := range 200 {
			n.families[0].peers.add(nodeID([]byte(id2)), testAddr(1000+i, 7000), false)
		}
		queries := []string{
			"d1:q1:x1:t1:a1:y1:qe",
			queryFor("ping", ""),
			queryFor("find_node", "6:target20:"+id2+"4:wantl2:n42:n6e"),
			queryFor("get_peers", "9:info_hash20:"+id2+"4:wantl2:n42:n6e"),
		}
		for _, q := range queries {
			if b := s.raw(q); len(b) == 0 || len(b) > gain*len(q) {
				t.Errorf("a query of %d bytes is answered with %d", len(q), len(b))
			}
		}
		s.become(id1)
		b := s.raw(queries[3])
		p, _ := parsePacket(b)
		if len(b) > maxAnswer || len(p.values) < 60 {
			t.Errorf("a known node gets %d peers in %d bytes", len(p.values), len(b))
		}
	})
}

func TestFloodOfOneHostIsCutOff(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		for range 500 {
			s.send(queryFor("ping", ""))
		}
		time.Sleep(900 * time.Millisecond)
		answers := 0
		for len(s.s.in) > 0 {
			if p, _ := parsePacket((<-s.s.in).b); p.kind == 'r' {
				answers++
			}
		}
		if answers < maxInflow || answers > 2*maxInflow {
			t.Errorf("%d answers to 500 queries within a second", answers)
		}
		time.Sleep(time.Second)
		if s.raw(queryFor("ping", "")) == nil {
			t.Error("no answer after the flood")
		}
	})
}

func TestHostilePacketsAreBorne(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		s.become(id1)
		me := n.families[0].table.self()
		for _, b := range []string{
			"", "d", "de", "d1:", "le", "i1e", "\x00\x00", strings.Repeat("d1:a", 2000),
			"d1:q13:announce_peer1:t2:aa1:y1:qe",
			"d1:q3:put1:t2:aa1:y1:qe",
			"d2:ip0:1:q4:ping1:t2:aa1:y1:qe",
			"d2:ip1:x1:rd2:id20:" + id1 + "6:valuesl0:1:xee1:t2:aa1:y1:re",
			"d1:rd2:id20:" + id1 + "e1:t1:\x00" + "1:y1:re",
			"d1:ele1:t2:aa1:y1:ee",
			"d1:ei1e1:t2:aa1:y1:ee",
			queryFor("ping", "")[:30],
			"d1:ad2:id20:" + string(me[:]) + "e1:q4:ping1:t2:aa1:y1:qe",
			"d1:ad2:id20:" + strings.Repeat("\x00", 20) + "e1:q4:ping1:t2:aa1:y1:qe",
			"d1:ad2:id20:" + string(me[:]) + "6:target20:" + string(me[:]) + "e1:q9:find_node1:t2:aa1:y1:qe",
		} {
			s.send(b)
		}
		time.Sleep(5 * time.Second)
		if s.raw(queryFor("ping", "")) == nil {
			t.Error("the node does not answer any more")
		}
		if s := n.Stats().IPv4; s.Nodes != 1 {
			t.Errorf("stats are %+v, want the one node that answered", s)
		}
	})
}

func TestReadOnlyNodesAreNotMet(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		s.send("d1:ad2:id20:" + id1 + "e1:q4:ping2:roi1e1:t2:aa1:y1:qe")
		time.Sleep(10 * time.Second)
		for len(s.s.in) > 0 {
			if p, _ := parsePacket((<-s.s.in).b); p.kind == 'q' {
				t.Error("a node that says it answers nothing is asked")
			}
		}
	})
}
