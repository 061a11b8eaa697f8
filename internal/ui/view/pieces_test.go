package view

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// cellsOf reads a map in ASCII, a piece a character.
func cellsOf(picture string) []Cell {
	var cells []Cell
	for _, c := range picture {
		cells = append(cells, map[rune]Cell{
			'#': {1, 1, 1, 0, -1}, '+': {1, 1, 0, 1, 2}, '.': {1, 1, 0, 0, 3}, '!': {1, 1, 0, 0, 0}, ' ': {1, 0, 0, 0, -1}, 'x': {1, 0, 1, 0, -1},
			'?': {1, 1, 0, 0, -1},
		}[c])
	}
	return cells
}

func picture(cells []Cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(asciiMarks[c.mark()])
	}
	return b.String()
}

func TestPieceMap(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{
		{"", 10, ""},
		{"#+.! x?", 10, "#+.! #."},
		{"#+.! x?", 7, "#+.! #."},
		{"###+#..!. # ", 6, "#+=!.#"},
		{"##  x+....", 5, "# +.."},
		{"########", 3, "###"},
		{"#?", 1, "="},
		{"#.", 0, ""},
	} {
		if got := picture(compress(cellsOf(tt.in), tt.most)); got != tt.want {
			t.Errorf("%q in %d cells: %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

// Each piece is in one cell, whatever the numbers are.
func TestPieceMapOfAnySize(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		cells := make([]Cell, 1+rng.IntN(5000))
		for i := range cells {
			cells[i] = Cell{Pieces: 1 + rng.IntN(3), Wanted: 1, Have: rng.IntN(2), Coming: rng.IntN(2), Fewest: rng.IntN(5) - 1}
		}
		most := 1 + rng.IntN(3000)
		got := compress(cells, most)
		if len(got) != min(most, len(cells)) || sumOf(got) != sumOf(cells) {
			t.Fatalf("%d cells in %d: %+v in %d, not %+v", len(cells), most, sumOf(got), len(got), sumOf(cells))
		}
	}
}

func TestSummaryOfPieces(t *testing.T) {
	for in, want := range map[string]string{
		"####": "4 of 4", "#+..": "1 of 4, rarest at 2 peers", "#! .": "1 of 4, 3 wanted, rarest at 0 peers",
	} {
		if got := sumOf(cellsOf(in)).summary(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSpark(t *testing.T) {
	for _, tt := range []struct {
		values        []float32
		columns, rows int
		most          float64
		unicode       bool
		want          string
	}{
		{nil, 4, 1, 0, true, "    "},
		{[]float32{0, 1, 4, 8}, 4, 1, 8, true, " ▁▄█"},
		{[]float32{0, 1, 4, 8}, 6, 1, 8, true, "   ▁▄█"},
		{[]float32{0, 1, 4, 8}, 4, 2, 8, true, "   █| ▂██"},
		{[]float32{1, 3, 5, 7}, 2, 1, 8, true, "▂▆"},
		{[]float32{1, 3, 5, 7, 8}, 2, 1, 8, true, "▂▇"},
		{[]float32{0, 4, 8}, 3, 1, 8, false, " =#"},
		{[]float32{1}, 0, 1, 8, true, ""},
		{[]float32{1}, 3, 0, 8, true, ""},
		{[]float32{0.0001}, 1, 1, 1e9, true, "▁"},
	} {
		if got := strings.Join(spark(tt.values, tt.columns, tt.rows, tt.most, tt.unicode), "|"); got != tt.want {
			t.Errorf("spark(%v, %d, %d, %v) = %q, want %q", tt.values, tt.columns, tt.rows, tt.most, got, tt.want)
		}
	}
}

func TestHistoryHasABound(t *testing.T) {
	var h history
	for i := range 3 * maxSamples {
		h.add(int64(i), -1)
	}
	if len(h.down) != maxSamples || h.down[0] != 2*maxSamples || h.up[0] != 0 || cap(h.down) > 3*maxSamples {
		t.Errorf("%d samples from %v, room for %d", len(h.down), h.down[0], cap(h.down))
	}
}
