package dht

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// findShare returns how many of some announces by honest nodes others find, and the slowest.
func findShare(t *testing.T, nodes []*Node, tries int) (found int, slowest time.Duration) {
	t.Helper()
	for i := range tries {
		hash, seeder := randomHash(), i%len(nodes)
		announceOnce(t, nodes[seeder], hash, 7000)
		took, ok := find(t, nodes[(i*7+3)%len(nodes)], hash, testAddr(seeder+1, 7000))
		if ok {
			found++
			slowest = max(slowest, took)
		}
	}
	return found, slowest
}

// sybils are nodes of one attacker: they are where the addresses say, have the ids they are given, name only one
// another, take announces and keep them to themselves. Each asks all honest nodes something every few seconds, to
// be known.
type sybils struct {
	all     []contact
	sockets []*socket
	stop    atomic.Bool
}

func (f *fabric) sybils(all []contact, victims []netip.AddrPort) *sybils {
	s := &sybils{all: all}
	for i, c := range all {
		s.sockets = append(s.sockets, f.puppet(c.addr, func(q *packet, from netip.AddrPort) *packet {
			near := slices.Clone(all)
			rand.Shuffle(len(near), func(a, b int) { near[a], near[b] = near[b], near[a] })
			near = near[:min(len(near), 64)]
			slices.SortFunc(near, func(a, b contact) int { return q.target.near(a.id, b.id) })
			return &packet{sender: c.id, observed: testAddr(666, 1), token: []byte("x"), nodes4: near[:min(len(near), 2*answerNodes)]}
		}))
		go func() {
			time.Sleep(time.Duration(i) * 75 * time.Millisecond)
			for !s.stop.Load() {
				q := packet{kind: 'q', tid: []byte("aa"), method: "find_node", signed: true, sender: c.id, targeted: true, target: c.id}
				f.inject(q.append(nil), c.addr, victims[rand.N(len(victims))])
				time.Sleep(6 * time.Second)
			}
		}()
	}
	return s
}

func (s *sybils) end() {
	s.stop.Store(true)
	for _, c := range s.sockets {
		c.Close()
	}
	time.Sleep(10 * time.Second) // until they all noticed
}

// count returns how many places in all honest tables are an attacker's, and how many are not.
func (s *sybils) count(nodes []*Node) (evil, honest int) {
	for _, n := range nodes {
		for _, c := range n.families[0].table.latest() {
			if slices.ContainsFunc(s.all, func(e contact) bool { return e.addr == c.addr }) {
				evil++
			} else {
				honest++
			}
		}
	}
	return evil, honest
}

func addrsOf(nodes []*Node) (out []netip.AddrPort) {
	for _, n := range nodes {
		out = append(out, addrPort(n.families[0].conn.LocalAddr()))
	}
	return out
}

// TestSybils has 120 nodes of an attacker among 40 honest ones: with right ids in one network of 256 addresses, and
// with ids of their choice and an address each all over the internet.
func TestSybils(t *testing.T) {
	oneNetwork := func(i int) contact {
		return secureAt(netip.AddrPortFrom(netip.AddrFrom4([4]byte{99, 99, 99, byte(i)}), 6881))
	}
	everywhere := func(i int) contact { return contact{nodeID(randomHash()), testAddr(3000+i, 6881)} }
	for name, c := range map[string]struct {
		make  func(i int) contact
		share float64 // of the tables that may be the attacker's: where there are few nodes, it finds empty places
		limit time.Duration
	}{
		"one network": {oneNetwork, 0.1, 2 * time.Second},
		"wrong ids":   {everywhere, 0.8, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFabric()
				nodes := f.swarm(t, 40)
				var all []contact
				for i := range 120 {
					all = append(all, c.make(i))
				}
				s := f.sybils(all, addrsOf(nodes))
				_, before := s.count(nodes)
				time.Sleep(3 * time.Minute)
				evil, honest := s.count(nodes)
				share := float64(evil) / float64(evil+honest)
				found, slowest := findShare(t, nodes, 12)
				t.Logf("%.2f of the tables is the attacker's, %.2f of the honest places are left; the slowest found after %v",
					share, float64(honest)/float64(before), slowest)
				if share > c.share || float64(honest) < 0.95*float64(before) || found < 12 || slowest > c.limit {
					t.Errorf("the attacker has %d of %d places, the honest %d, before %d; %d of 12 found, the slowest after %v",
						evil, evil+honest, honest, before, found, slowest)
				}
				for i, n := range nodes {
					if got := n.Stats().IPv4.External; got != testAddr(i+1, 0).Addr() {
						t.Errorf("node %d believes to be at %v", i, got)
					}
				}
				// Who comes now finds its way too.
				hash := randomHash()
				announceOnce(t, nodes[8], hash, 7000)
				n, _ := f.node(t, 900, Config{Bootstrap: []string{testAddr(1, 6881).String()}})
				if took, ok := find(t, n, hash, testAddr(9, 7000)); !ok || took > 2*c.limit {
					t.Errorf("a newcomer finds a peer: %v after %v", ok, took)
				}
				s.end()
				closeAll(t, append(nodes, n))
			})
		})
	}
}

// TestSurroundedInfohash puts nodes of an attacker right beside one infohash, nearer than any honest node: some that are
// there, with ids that are wrong for their addresses, and, in what these say, some with right ids that are not there.
func TestSurroundedInfohash(t *testing.T) {
	for _, ghosts := range []bool{false, true} {
		t.Run(fmt.Sprint("ghosts ", ghosts), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFabric()
				nodes := f.swarm(t, 40)
				hash := nodeID(randomHash())
				beside := func() nodeID {
					id := hash
					for i := 8; i < 20; i++ {
						id[i] = byte(rand.Uint32())
					}
					return id
				}
				var real []contact
				for i := range 40 {
					real = append(real, contact{beside(), testAddr(3000+i, 6881)})
				}
				s := f.sybils(real, addrsOf(nodes))
				if ghosts {
					for _, sock := range s.sockets {
						sock.Close()
					}
					for _, c := range real {
						s.sockets = append(s.sockets, f.puppet(c.addr, func(q *packet, _ netip.AddrPort) *packet {
							r := &packet{sender: c.id, token: []byte("x")}
							for range answerNodes { // whose ids would be right if their addresses were theirs
								c := secureAt(testAddr(10_000+rand.N(1_000_000), 6881))
								copy(c.id[3:19], q.target[3:])
								for c.id[0] != q.target[0] {
									c.addr = testAddr(10_000+rand.N(1_000_000), 6881)
									head := idHead(c.addr.Addr(), c.id[19])
									c.id[0], c.id[1], c.id[2] = head[0], head[1], head[2]
								}
								r.nodes4 = append(r.nodes4, c)
							}
							return r
						}))
					}
				}
				time.Sleep(4 * time.Minute)
				announceWithin(t, nodes[3], hash, 7000, 30*time.Second)
				took, ok := find(t, nodes[30], hash, testAddr(4, 7000))
				t.Logf("found %v after %v", ok, took)
				if !ok || took > 10*time.Second {
					t.Errorf("found %v after %v", ok, took)
				}
				s.end()
				closeAll(t, nodes)
			})
		})
	}
}
