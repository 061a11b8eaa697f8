package ui

import (
	"strings"
	"testing"
)

// Torrents that are served are complete; when nothing else is left to do, the totals say so.
func TestTotalsOfSeeds(t *testing.T) {
	x := NewIO(Options{Progress: ProgressNone})
	p := x.Progress(ProgressOptions{Count: 3})
	defer p.Close()
	rows := []Row{
		{Name: "a", Phase: Seeding, Done: 10, Total: 10, RateUp: 1024, Uploaded: 5, Peers: 2},
		{Name: "b", Phase: Seeding, Done: 10, Total: 10, Uploaded: 6, Peers: 1},
		{Name: "c", Phase: Downloading, Done: 5, Total: 10},
	}
	var tasks []*Task
	for i := range rows {
		tasks = append(tasks, p.Add(func() Row { return rows[i] }))
	}
	line := func() string {
		p.take(p.pullAll())
		return p.totalLine(newLayout(160, 10, charset{})).text
	}
	if got := line(); !strings.HasPrefix(got, "total 2/3") || !strings.Contains(got, "83%") {
		t.Errorf("while one is fetched: %q", got)
	}
	rows[2].Phase, rows[2].Done = Done, 10
	tasks[2].Done()
	got := line()
	for _, want := range []string{"total 3/3", "seeding", "up 1.0 KiB/s", "3 peers", "11 B sent"} {
		if !strings.Contains(got, want) {
			t.Errorf("while all are served: %q has no %q", got, want)
		}
	}
	if strings.Contains(got, "%") {
		t.Errorf("a bar where nothing fills up: %q", got)
	}
	tasks[0].Done()
	if got := p.totalName(); got != "total 3/3" {
		t.Errorf("one has ended: %q", got)
	}
}
