package swarm

import (
	"math/rand/v2"
	"testing"
)

func allOf(n int) bitset {
	b := newBitset(n)
	b.fill(n)
	return b
}

func TestPickerChoosesRarest(t *testing.T) {
	const n = 100
	k := newPicker(n, allOf(n), false, rand.New(rand.NewPCG(1, 1)))
	k.got = randomFirst
	common := newBitset(n)
	for i := range n {
		if i != 42 {
			common.set(i)
		}
	}
	k.count(common, false, 1)
	k.count(common, false, 1)
	k.gained(42)
	if i := k.pick(allOf(n)); i != 42 {
		t.Fatalf("picked %d, not the rarest", i)
	}
	k.remove(42)
	if i := k.pick(allOf(n)); i < 0 || i == 42 {
		t.Fatalf("picked %d", i)
	}
	k.add(42)
	only := newBitset(n)
	only.set(7)
	if i := k.pick(only); i != 7 {
		t.Fatalf("picked %d, the peer has 7 alone", i)
	}
}

func TestPickerAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		n := 1 + rnd.IntN(600)
		k := newPicker(n, allOf(n), false, rnd)
		k.got = randomFirst
		avail := make([]int, n)
		missing := allOf(n)
		for range 2000 {
			i := rnd.IntN(n)
			switch rnd.IntN(5) {
			case 0:
				k.gained(i)
				avail[i]++
			case 1:
				if avail[i] > 0 {
					k.change(i, -1)
					avail[i]--
				}
			case 2:
				k.remove(i)
				missing.clear(i)
			case 3:
				k.add(i)
				missing.set(i)
			case 4:
				has := newBitset(n)
				for range rnd.IntN(n + 1) {
					has.set(rnd.IntN(n))
				}
				checkPick(t, k, has, missing, avail)
			}
		}
		if k.left != missing.count() {
			t.Fatalf("left %d, not %d", k.left, missing.count())
		}
	}
}

func checkPick(t *testing.T, k *picker, has, missing bitset, avail []int) {
	t.Helper()
	best := -1
	for i := range avail {
		if has.has(i) && missing.has(i) && (best < 0 || avail[i] < avail[best]) {
			best = i
		}
	}
	got := k.pick(has)
	if best < 0 {
		if got >= 0 {
			t.Fatalf("picked %d of nothing", got)
		}
		return
	}
	if got < 0 || !has.has(got) || !missing.has(got) || avail[got] != avail[best] {
		t.Fatalf("picked %d, the rarest is %d", got, best)
	}
}

func TestPickerSequential(t *testing.T) {
	k := newPicker(200, allOf(200), true, rand.New(rand.NewPCG(1, 1)))
	for want := range 200 {
		if i := k.pick(allOf(200)); i != want {
			t.Fatalf("picked %d, not %d", i, want)
		}
		k.remove(want)
	}
	if i := k.pick(allOf(200)); i != -1 {
		t.Fatalf("picked %d of nothing", i)
	}
}

func TestBitfieldRoundTrip(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 63, 64, 65, 1000} {
		rnd := rand.New(rand.NewPCG(uint64(n), 1))
		b := newBitset(n)
		for range n / 2 {
			b.set(rnd.IntN(n))
		}
		got, ok := parseBitfield(b.appendBitfield(nil, n), n)
		if !ok || got.common(b) != b.count() || got.count() != b.count() {
			t.Fatalf("n=%d: %v, %v", n, b, got)
		}
	}
	if _, ok := parseBitfield(make([]byte, 2), 17); ok {
		t.Fatal("took a short bitfield")
	}
}

// BenchmarkPick picks and gives back pieces of a torrent of a million, with a peer that has a tenth.
func BenchmarkPick(b *testing.B) {
	const n = 1 << 20
	rnd := rand.New(rand.NewPCG(1, 1))
	k := newPicker(n, allOf(n), false, rnd)
	k.got = randomFirst
	has := newBitset(n)
	for range n / 10 {
		has.set(rnd.IntN(n))
	}
	for b.Loop() {
		i := k.pick(has)
		k.remove(i)
		k.gained(i)
		k.add(i)
	}
}
