package scenario

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Column is a figure that the table keeps.
type Column int

// The columns of the table.
const (
	Ratio      Column = iota // time of the last peer over what no swarm can beat
	Duplicates               // useless payload in percent of what was useful
	Copies                   // bytes that the first seeds sent over the size of the content
	Fairness                 // Jain's index of what the peers gave: 1 where all gave the same part of what they have
	columns
)

// kept says of each column what it is called, how much of a change counts as none, as it is and as a part of the figure, and
// whether more of it is better.
var kept = [columns]struct {
	name  string
	floor float64
	part  float64
	more  bool
}{
	Ratio:      {"last/bound", 0.04, 0.05, false},
	Duplicates: {"duplicates%", 0.4, 0.2, false},
	Copies:     {"copies", 0.05, 0.08, false},
	Fairness:   {"fairness", 0.04, 0, true},
}

// Value is a figure over some seeds.
type Value struct{ Mean, Worst float64 }

// Row is what a scenario gave.
type Row struct {
	Scenario string
	Size     string // "default" or "long"
	Seeds    int
	Values   [columns]Value // NaN where there is nothing to tell
}

func (r *Row) key() string { return r.Scenario + " " + r.Size }

// values are the figures in the order of the columns.
func (f Figures) values() (v [columns]float64) {
	v = [columns]float64{f.Ratio(), 100 * f.Duplicates, f.Copies, f.Fairness}
	if f.Bound == 0 {
		v[Ratio] = math.NaN()
	}
	return v
}

// NewRow sums up a scenario that was run with some seeds.
func NewRow(scenario, size string, runs []Figures) Row {
	r := Row{Scenario: scenario, Size: size, Seeds: len(runs)}
	for i, f := range runs {
		for c, x := range f.values() {
			v := &r.Values[c]
			v.Mean += x / float64(len(runs))
			if i == 0 || kept[c].more == (x < v.Worst) {
				v.Worst = x
			}
		}
	}
	return r
}

// Compare holds a row against an older one: it says which figures got worse by more than what chance explains, and
// which got as much better. Chance is twice what the worst seed of the older row was off its mean.
func (r *Row) Compare(old *Row) (worse, better []string) {
	for c := range columns {
		was, is := old.Values[c], r.Values[c].Mean
		room := 2*math.Abs(was.Worst-was.Mean) + kept[c].floor + kept[c].part*was.Mean
		by := is - was.Mean
		if kept[c].more {
			by = -by
		}
		told := fmt.Sprintf("%s was %.3f (worst of %d seeds %.3f), is %.3f", kept[c].name, was.Mean, old.Seeds, was.Worst, is)
		switch {
		case math.IsNaN(was.Mean) != math.IsNaN(is) || by > room:
			worse = append(worse, told)
		case by < -room:
			better = append(better, told)
		}
	}
	return worse, better
}

// Table is the rows by scenario and size.
type Table []Row

// Find gives the row of a scenario, nil if there is none.
func (t Table) Find(scenario, size string) *Row {
	for i := range t {
		if t[i].Scenario == scenario && t[i].Size == size {
			return &t[i]
		}
	}
	return nil
}

// Put replaces a row or adds it.
func (t *Table) Put(r Row) {
	if old := t.Find(r.Scenario, r.Size); old != nil {
		*old = r
		return
	}
	*t = append(*t, r)
	slices.SortFunc(*t, func(a, b Row) int { return cmp.Compare(a.key(), b.key()) })
}

// String is the table as it lies in its file.
func (t Table) String() string {
	var b strings.Builder
	b.WriteString("# Written by `make figures`; doc.go says what it is.\nscenario\tsize\tseeds")
	for _, k := range kept {
		b.WriteString("\t" + k.name + "\tworst")
	}
	b.WriteString("\n")
	for _, r := range t {
		fmt.Fprintf(&b, "%s\t%s\t%d", r.Scenario, r.Size, r.Seeds)
		for _, v := range r.Values {
			for _, x := range []float64{v.Mean, v.Worst} {
				if math.IsNaN(x) {
					b.WriteString("\t-")
				} else {
					fmt.Fprintf(&b, "\t%.3f", x)
				}
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// ReadTable reads the file of a table. One that is not there is empty.
func ReadTable(path string) (Table, error) {
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	var t Table
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		f := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || f[0] == "scenario" {
			continue
		}
		r, err := parseRow(f)
		if err != nil {
			return nil, fmt.Errorf("read figures: line %d: %w", i+1, err)
		}
		t = append(t, r)
	}
	return t, nil
}

func parseRow(f []string) (r Row, err error) {
	if len(f) != 3+2*int(columns) {
		return r, fmt.Errorf("%d columns", len(f))
	}
	r.Scenario, r.Size = f[0], f[1]
	if r.Seeds, err = strconv.Atoi(f[2]); err != nil {
		return r, err
	}
	for i, s := range f[3:] {
		x := math.NaN()
		if s != "-" {
			if x, err = strconv.ParseFloat(s, 64); err != nil {
				return r, err
			}
		}
		if v := &r.Values[i/2]; i%2 == 0 {
			v.Mean = x
		} else {
			v.Worst = x
		}
	}
	return r, nil
}
