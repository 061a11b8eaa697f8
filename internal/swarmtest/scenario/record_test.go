package scenario

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// hold keeps the figures of a scenario, and compares them with the table.
func hold(t *testing.T, part string, runs []Figures) {
	t.Helper()
	row := NewRow(strings.TrimPrefix(t.Name(), "Test")+part, size(), runs)
	fresh.Put(row)
	if raceDetector || *update || *seed != 1 || t.Failed() {
		return
	}
	old := known.Find(row.Scenario, row.Size)
	if old == nil {
		t.Errorf("%s is not in %s: make figures", row.Scenario, figuresFile)
		return
	}
	worse, better := row.Compare(old)
	for _, s := range worse {
		t.Errorf("worse in %s: %s; if it has to be, make figures", row.Scenario, s)
	}
	for _, s := range better {
		t.Logf("better in %s: %s; make figures", row.Scenario, s)
	}
}

func TestTable(t *testing.T) {
	runs := []Figures{
		{Last: 10 * time.Second, Bound: 8 * time.Second, Duplicates: 0.01, Copies: 1.2, Fairness: 0.9},
		{Last: 12 * time.Second, Bound: 8 * time.Second, Duplicates: 0.02, Copies: 1.4, Fairness: 0.8},
	}
	alone := []Figures{{Last: time.Second, Fairness: math.NaN()}}
	var table Table
	table.Put(NewRow("Two", "default", alone))
	table.Put(NewRow("Crowd", "default", runs))
	path := t.TempDir() + "/figures.tsv"
	if err := writeTable(path, table); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTable(path)
	if err != nil || got.String() != table.String() || len(got) != 2 || got[0].Scenario != "Crowd" {
		t.Fatalf("%v\n%s", err, got)
	}
	crowd := got.Find("Crowd", "default")
	if v := crowd.Values[Ratio]; v.Mean != 1.375 || v.Worst != 1.5 {
		t.Errorf("ratio %+v", v)
	}
	if v := crowd.Values[Fairness]; math.Abs(v.Mean-0.85) > 1e-9 || v.Worst != 0.8 {
		t.Errorf("fairness %+v", v)
	}
	for name, x := range map[string]struct {
		change        func(*Figures)
		worse, better int
	}{
		"the same":       {func(*Figures) {}, 0, 0},
		"by chance":      {func(f *Figures) { f.Duplicates = 0.024 }, 0, 0},
		"duplicates":     {func(f *Figures) { f.Duplicates = 0.04 }, 1, 0},
		"all worse":      {func(f *Figures) { *f = Figures{Last: time.Minute, Bound: time.Second, Duplicates: 1, Copies: 9} }, 4, 0},
		"quick and fair": {func(f *Figures) { f.Last, f.Fairness = 6*time.Second, 1 }, 0, 2},
	} {
		f := Figures{Last: 11 * time.Second, Bound: 8 * time.Second, Duplicates: 0.015, Copies: 1.3, Fairness: 0.85}
		x.change(&f)
		row := NewRow("Crowd", "default", []Figures{f})
		if worse, better := row.Compare(crowd); len(worse) != x.worse || len(better) != x.better {
			t.Errorf("%s: worse %q, better %q", name, worse, better)
		}
	}
}

func TestReadTableRefusesWhatIsNone(t *testing.T) {
	path := t.TempDir() + "/figures.tsv"
	if table, err := ReadTable(path); err != nil || table != nil {
		t.Fatal(table, err)
	}
	for _, s := range []string{"A\tdefault\t1\t2", "A\tdefault\tx" + strings.Repeat("\t1", 8), "A\tdefault\t1" + strings.Repeat("\ty", 8)} {
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTable(path); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}
