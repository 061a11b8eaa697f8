package swarm

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestMap(t *testing.T) {
	info, err := metainfo.ParseInfo([]byte("d6:lengthi81920e4:name1:a12:piece lengthi16384e6:pieces100:" + string(make([]byte, 100)) + "e"))
	if err != nil {
		t.Fatal(err)
	}
	tor := New(Config{Info: info})
	if tor.Map(3) != nil {
		t.Error("a map before anything is known")
	}
	tor.want, tor.verified = newBitset(5), newBitset(5)
	for _, i := range []int{0, 1, 2, 3} { // the last is not wanted
		tor.want.set(i)
	}
	tor.verified.set(0)
	missing := newBitset(5)
	missing.set(1)
	missing.set(2)
	missing.set(3)
	tor.picker = newPicker(5, missing, false, rand.New(rand.NewPCG(1, 1)))
	tor.picker.seeds = 2
	tor.picker.gained(3)
	tor.open = append(tor.open, newPartial(1, 1<<14))
	want := []Cell{
		{Pieces: 2, Wanted: 2, Have: 1, Open: 1, Fewest: 2},
		{Pieces: 2, Wanted: 2, Fewest: 2},
		{Pieces: 1, Fewest: -1},
	}
	if got := tor.Map(3); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := tor.Map(50); len(got) != 5 || got[0].Have != 1 || got[3].Fewest != 3 {
		t.Errorf("%+v", got)
	}
}

func TestMissing(t *testing.T) {
	info, err := metainfo.ParseInfo([]byte("d6:lengthi40000e4:name1:a12:piece lengthi16384e6:pieces60:" + string(make([]byte, 60)) + "e"))
	if err != nil {
		t.Fatal(err)
	}
	tor := New(Config{Info: info})
	if got := tor.missing(); got != 40000 {
		t.Error(got)
	}
	tor.verified = newBitset(3)
	for i, want := range map[int]int64{0: 40000 - 16384, 2: 32768} {
		tor.verified.set(i)
		tor.piecesDone = 1
		if got := tor.missing(); got != want {
			t.Errorf("with piece %d: %d", i, got)
		}
		tor.verified.clear(i)
	}
	tor.verified.fill(3)
	tor.piecesDone = 3
	if got := tor.missing(); got != 0 {
		t.Error(got)
	}
}
