package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func outcomesOf() []Outcome {
	return []Outcome{
		{Name: "debian-13.1.0-amd64-netinst.iso", Phase: Done, Bytes: 783 << 20, Took: 65 * time.Second, Average: 12_345_678},
		{Name: "日本語のとても長いフォルダー名.tar.zst", Phase: Seeding, Bytes: 5 << 30, Took: time.Hour, Average: 5 << 20, Uploaded: 6 << 30, Ratio: 1.2},
		{Name: "evil \x1b[2J\u202e", Phase: Failed, Took: 30 * time.Second, Reason: "no peers, or no metadata from them \x07"},
		{Name: "half", Phase: Stopped, Bytes: 1 << 20, Took: 3 * time.Second, Average: 300 << 10, Reason: "interrupted"},
	}
}

func TestSummary(t *testing.T) {
	for _, columns := range []int{40, 80, 200} {
		x, v := onTerminal(columns)
		x.Color = false
		x.Summary(2*time.Hour, outcomesOf())
		golden(t, fmt.Sprintf("summary-%d.golden", columns), v.text())
	}
	for name, rows := range map[string][]Outcome{"pipe": outcomesOf(), "one": outcomesOf()[2:3], "one-seeded": outcomesOf()[1:2]} {
		x, out, errs := piped(Options{})
		x.Summary(2*time.Hour, rows)
		golden(t, "summary-"+name+".golden", errs.String())
		if out.Len() > 0 {
			t.Errorf("on stdout: %q", out)
		}
	}
}

// A list of a thousand is not repeated line by line when it is done: those that failed are.
func TestSummaryOfMany(t *testing.T) {
	x, v := onTerminal(80)
	x.Color = false
	v.rows = 2000
	rows := outcomesOf()
	for i := range 996 {
		rows = append(rows, Outcome{Name: fmt.Sprint("file ", i), Phase: Done, Bytes: 1 << 20, Took: time.Second})
	}
	x.Summary(time.Minute, rows)
	got := v.text()
	if strings.Count(got, "\n") != 5 || !strings.Contains(got, "and 998 more") || !strings.Contains(got, "998 of 1000 done, 1 failed, 1 stopped") {
		t.Errorf("got:\n%s", got)
	}
}

func TestSummaryOfNothing(t *testing.T) {
	x, out, errs := piped(Options{})
	x.Summary(time.Second, nil)
	x.Quiet = true
	x.Summary(time.Second, outcomesOf())
	if out.Len()+errs.Len() > 0 {
		t.Errorf("wrote %q %q", out, errs)
	}
}
