package dht

import (
	"math/rand/v2"
	"time"
)

const (
	maxSamples = 20               // infohashes in one answer
	sampleTime = 15 * time.Minute // how long all who ask are given the same ones
)

// samples is an answer to sample_infohashes (BEP 51).
type samples struct {
	hashes   []nodeID
	stored   int           // infohashes in the store
	interval time.Duration // until others are picked
	picked   time.Time
}

func (s *samples) bytes() []byte {
	b := make([]byte, 0, 20*len(s.hashes))
	for _, h := range s.hashes {
		b = append(b, h[:]...)
	}
	return b
}

// samples picks infohashes from the store at random, now and again, so that asking more often tells no more.
func (s *store) samples() samples {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	age := time.Since(s.sample.picked)
	if age >= sampleTime || len(s.sample.hashes) < min(maxSamples, len(s.hashes)) {
		s.sample = samples{picked: time.Now()}
		age = 0
		seen := 0
		for h := range s.hashes { // each of them has the same chance, whatever their order
			if seen++; len(s.sample.hashes) < maxSamples {
				s.sample.hashes = append(s.sample.hashes, h)
			} else if i := rand.N(seen); i < maxSamples {
				s.sample.hashes[i] = h
			}
		}
	}
	out := s.sample
	out.stored, out.interval = len(s.hashes), sampleTime-age
	return out
}
