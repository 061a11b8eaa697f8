package dht

import (
	"container/list"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Bounds of a peer store.
const (
	storeTime      = 30 * time.Minute // an announce lives so long
	storeHashPeers = 500              // peers of one infohash
	storeAddrPeers = 16               // ports of one public address under one infohash
	storePeers     = 20_000           // peers in all
)

// storeShares bounds what one host and its neighbours may announce, so that nobody fills the store alone.
var storeShares = shares{500, 1000, 3000}

// store keeps the peers that others announced to this node. When it is full the oldest announce makes
// room.
type store struct {
	mu     sync.Mutex
	order  list.List // of announced, oldest first: all live equally long
	hashes map[nodeID]map[netip.AddrPort]*list.Element
	crowd  crowd
	sample samples
}

type announced struct {
	hash nodeID
	peer netip.AddrPort
	seed bool // BEP 33
	at   time.Time
}

func newStore() *store {
	return &store{hashes: map[nodeID]map[netip.AddrPort]*list.Element{}, crowd: newCrowd(storeShares)}
}

// add takes in an announce and reports whether the peer was not there before.
func (s *store) add(hash nodeID, peer netip.AddrPort, seed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	peers := s.hashes[hash]
	old := peers[peer]
	if old != nil {
		s.remove(old)
	} else if !s.makeRoom(peers, peer.Addr()) {
		return false
	}
	if s.hashes[hash] == nil {
		s.hashes[hash] = map[netip.AddrPort]*list.Element{}
	}
	s.hashes[hash][peer] = s.order.PushBack(&announced{hash, peer, seed, time.Now()})
	s.crowd.add(peer.Addr())
	return old == nil
}

// makeRoom sees to it that one more peer at addr may join peers; false if that host has its share.
func (s *store) makeRoom(peers map[netip.AddrPort]*list.Element, addr netip.Addr) bool {
	if !s.crowd.room(addr) {
		return false
	}
	if public(addr) {
		same := 0
		for p := range peers {
			if p.Addr() == addr {
				same++
			}
		}
		if same >= storeAddrPeers {
			return false
		}
	}
	if len(peers) >= storeHashPeers {
		var oldest *list.Element
		for _, e := range peers {
			if oldest == nil || e.Value.(*announced).at.Before(oldest.Value.(*announced).at) {
				oldest = e
			}
		}
		s.remove(oldest)
	}
	if s.order.Len() >= storePeers {
		s.remove(s.order.Front())
	}
	return true
}

func (s *store) remove(e *list.Element) {
	a := s.order.Remove(e).(*announced)
	s.crowd.remove(a.peer.Addr())
	delete(s.hashes[a.hash], a.peer)
	if len(s.hashes[a.hash]) == 0 {
		delete(s.hashes, a.hash)
	}
}

func (s *store) expire() {
	for e := s.order.Front(); e != nil && time.Since(e.Value.(*announced).at) >= storeTime; e = s.order.Front() {
		s.remove(e)
	}
}

// get returns at most limit peers of an infohash, picked at random, without the seeds if noSeed is set.
func (s *store) get(hash nodeID, limit int, noSeed bool) []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	out := make([]netip.AddrPort, 0, len(s.hashes[hash]))
	for p, e := range s.hashes[hash] {
		if !noSeed || !e.Value.(*announced).seed {
			out = append(out, p)
		}
	}
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(len(out), limit)]
}

// filters counts the seeds and the other peers of an infohash (BEP 33); nil where it has none at all.
func (s *store) filters(hash nodeID) (seeds, peers *bloom) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if len(s.hashes[hash]) == 0 {
		return nil, nil
	}
	seeds, peers = &bloom{}, &bloom{}
	for p, e := range s.hashes[hash] {
		if e.Value.(*announced).seed {
			seeds.add(p.Addr())
		} else {
			peers.add(p.Addr())
		}
	}
	return seeds, peers
}

func (s *store) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return s.order.Len()
}
