package view

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// picture is a map in ASCII.
func picture(p Pieces, cells int) string {
	var b strings.Builder
	for _, m := range compress(p, cells).cells {
		b.WriteString(asciiMarks[m])
	}
	return b.String()
}

func TestPieceMap(t *testing.T) {
	for _, tt := range []struct {
		name  string
		p     Pieces
		cells int
		want  string
	}{
		{"nothing", Pieces{}, 10, ""},
		{"no room", Pieces{Total: 10}, 0, ""},
		{"one a piece", Pieces{Total: 10, Have: []byte{0b10110000, 0b01000000}, Coming: []int{1, 4, -1, 99}}, 80, "#+##+....#"},
		{"two a cell", Pieces{Total: 10, Have: []byte{0b11010000, 0b11000000}, Coming: []int{4}}, 5, "#=+.#"},
		{"nobody has it", Pieces{Total: 4, Have: []byte{0b10000000}, Available: []uint16{0, 1, 0, 3}}, 4, "#.!."},
		{"nobody has one of two", Pieces{Total: 4, Available: []uint16{1, 0, 2, 2}}, 2, "!."},
		{"left out", Pieces{Total: 8, Have: []byte{0b11110001}, Unwanted: []byte{0b00111101}}, 4, "## ="},
		{"left out of a cell", Pieces{Total: 4, Have: []byte{0b10000000}, Unwanted: []byte{0b01000000}}, 2, "#."},
		{"availability of another torrent", Pieces{Total: 2, Available: []uint16{0}}, 2, ".."},
		{"short bits", Pieces{Total: 20, Have: []byte{0xff}}, 20, "########............"},
	} {
		if got := picture(tt.p, tt.cells); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Each piece is in one cell, whatever the numbers are: what is there and what is missing add up.
func TestPieceMapOfAnySize(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		p := Pieces{Total: 1 + rng.IntN(5000), Available: nil}
		p.Have = make([]byte, (p.Total+7)/8)
		there := 0
		for i := range p.Total {
			p.Available = append(p.Available, uint16(rng.IntN(5)))
			if rng.IntN(3) == 0 {
				p.Have[i/8] |= 0x80 >> (i % 8)
				there++
			}
		}
		p.Coming = []int{rng.IntN(p.Total)}
		cells := 1 + rng.IntN(3000)
		m := compress(p, cells)
		if m.done != there || len(m.cells) != min(cells, p.Total) {
			t.Fatalf("%d of %d pieces in %d cells: %d in %d", there, p.Total, cells, m.done, len(m.cells))
		}
		cell := p.Coming[0] * len(m.cells) / p.Total
		if got := m.cells[cell]; got != coming && got != have {
			t.Fatalf("piece %d of %d is not in cell %d of %d", p.Coming[0], p.Total, cell, len(m.cells))
		}
	}
}

func TestSummaryOfPieces(t *testing.T) {
	p := Pieces{Total: 4, Have: []byte{0b10000000}, Available: []uint16{0, 1, 2, 3}}
	m := compress(p, 2)
	if got := m.summary(4); got != "1 of 4, rarest at 1 peer, 1.5 copies" {
		t.Errorf("got %q", got)
	}
	p.Available = nil
	m = compress(p, 2)
	if got := m.summary(4); got != "1 of 4" {
		t.Errorf("got %q", got)
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
