package dht

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/anacrolix/torrent/bencode"
)

// sampled is an answer to sample_infohashes, as another implementation reads it.
type sampled struct {
	R struct {
		ID       string `bencode:"id"`
		Interval *int   `bencode:"interval"`
		Nodes    string `bencode:"nodes"`
		Num      *int   `bencode:"num"`
		Samples  string `bencode:"samples"`
	} `bencode:"r"`
}

func (s *stranger) sample() sampled {
	s.t.Helper()
	b := s.raw(queryFor("sample_infohashes", "6:target20:"+id2))
	var m sampled
	if err := bencode.Unmarshal(b, &m); err != nil || m.R.Num == nil || m.R.Interval == nil || len(m.R.Samples)%20 > 0 {
		s.t.Fatalf("the answer is %q: %v", b, err)
	}
	return m
}

func TestSamples(t *testing.T) {
	withStranger(t, func(t *testing.T, n *Node, s *stranger) {
		if m := s.sample(); *m.R.Num != 0 || m.R.Samples != "" {
			t.Errorf("an empty store gives %+v", m)
		}
		store, stored := n.families[0].peers, map[string]bool{}
		add := func(from, to int) {
			for i := from; i < to; i++ {
				h := hashNumber(i)
				stored[string(h[:])] = true
				store.add(h, testAddr(i, 7000), false)
			}
		}
		add(0, 3)
		if m := s.sample(); *m.R.Num != 3 || len(m.R.Samples) != 3*20 {
			t.Errorf("a store of 3 gives %d of %d", len(m.R.Samples)/20, *m.R.Num)
		}
		add(3, 500)
		short := s.sample()
		if *short.R.Num != 500 || len(short.R.Samples) == 0 || len(short.R.Samples) > maxSamples*20 {
			t.Errorf("a stranger is given %d of %d", len(short.R.Samples)/20, *short.R.Num)
		}
		s.become(id1)
		first := s.sample()
		if *first.R.Num != 500 || len(first.R.Samples) != maxSamples*20 {
			t.Errorf("a node is given %d of %d", len(first.R.Samples)/20, *first.R.Num)
		}
		told := map[string]bool{}
		for i := 0; i < len(first.R.Samples); i += 20 {
			told[first.R.Samples[i:i+20]] = true
			if !stored[first.R.Samples[i:i+20]] {
				t.Error("an infohash is told that is not stored")
			}
		}
		if len(told) != maxSamples {
			t.Errorf("%d different ones", len(told))
		}
		// Asking again tells nothing new until the interval is over.
		if m := s.sample(); m.R.Samples != first.R.Samples {
			t.Error("another answer at once")
		}
		time.Sleep(time.Duration(*first.R.Interval) * time.Second)
		if m := s.sample(); m.R.Samples == first.R.Samples || *m.R.Interval < int(sampleTime.Seconds())-1 {
			t.Errorf("the same answer after %d s, or interval %d", *first.R.Interval, *m.R.Interval)
		}
	})
}

func TestSamplesAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		count := map[nodeID]int{}
		const hashes, rounds = 100, 500
		for range rounds {
			for i := range hashes {
				s.add(hashNumber(i), testAddr(i, 7000), false)
			}
			for _, h := range s.samples().hashes {
				count[h]++
			}
			time.Sleep(sampleTime)
		}
		for i := range hashes {
			if n := count[hashNumber(i)]; n < 50 || n > 160 { // 100 on average
				t.Errorf("infohash %d was picked %d times", i, n)
			}
		}
	})
}
