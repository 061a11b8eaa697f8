package scenario

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Figures are what a swarm did.
type Figures struct {
	Peers       int           // downloaders that completed
	Last        time.Duration // completion of the slowest
	Median      time.Duration
	Bound       time.Duration // what no swarm can beat; 0: unknown
	Duplicates  float64       // useless payload over useful payload
	Copies      float64       // what the seeds sent over the size of the content
	Least, Most float64       // upload of a downloader over the mean of all
	Fairness    float64       // Jain's index of what they gave, each over its uplink; NaN for one alone
	WrongBans   int           // honest peers that somebody banned
	Bans        int
}

// Measure sums up what some downloaders and seeds did.
func (w *World) Measure(seeds, peers []*Node, bound time.Duration) Figures {
	f := Figures{Bound: bound}
	var took []time.Duration
	var useful, wasted, up, most, first int64
	var shares []float64
	least := int64(-1)
	for _, n := range peers {
		s := n.Torrent.Stats()
		useful += s.Verified
		wasted += s.Wasted
		up += s.Uploaded
		shares = append(shares, float64(s.Uploaded)/float64(max(n.Up, 1)))
		most = max(most, s.Uploaded)
		if least < 0 || s.Uploaded < least {
			least = s.Uploaded
		}
		f.Bans += s.Banned
		if d, ok := n.Completed(); ok {
			took = append(took, d)
		}
	}
	for _, n := range seeds {
		first += n.Torrent.Stats().Uploaded
	}
	if slices.Sort(took); len(took) > 0 {
		f.Peers, f.Last, f.Median = len(took), took[len(took)-1], took[len(took)/2]
	}
	f.Duplicates = float64(wasted) / float64(max(useful, 1))
	f.Copies = float64(first) / float64(w.Content.Info.Length)
	f.Fairness = jain(shares)
	if up > 0 {
		mean := float64(up) / float64(len(peers))
		f.Least, f.Most = float64(least)/mean, float64(most)/mean
	}
	return f
}

// jain is (sum x)^2 / (n * sum x^2): 1 where all are equal, 1/n where one has everything.
func jain(xs []float64) float64 {
	var sum, squares float64
	for _, x := range xs {
		sum += x
		squares += x * x
	}
	if len(xs) < 2 || squares == 0 {
		return math.NaN()
	}
	return sum * sum / (float64(len(xs)) * squares)
}

// Ratio is the time of the last over the bound.
func (f Figures) Ratio() float64 { return float64(f.Last) / float64(max(f.Bound, 1)) }

func (f Figures) String() string {
	s := fmt.Sprintf("%4d peers  last %8.2fs  median %8.2fs", f.Peers, f.Last.Seconds(), f.Median.Seconds())
	if f.Bound > 0 {
		s += fmt.Sprintf("  bound %8.2fs  ratio %5.2f", f.Bound.Seconds(), f.Ratio())
	}
	return s + fmt.Sprintf("  duplicates %6.3f%%  seed copies %6.2f  upload/mean %.2f-%.2f  fairness %.3f  bans %d",
		100*f.Duplicates, f.Copies, f.Least, f.Most, f.Fairness, f.Bans)
}
