package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run go test -update and look at the change)\n--- got\n%s--- want\n%s", path, got, want)
	}
}

func utf8Locale(name string) string {
	return map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}[name]
}

// some is one row in each of the states that people see.
func some() []Row {
	const gib = 1 << 30
	return []Row{
		{Name: "debian-13.1.0-amd64-netinst.iso", Phase: Downloading, Done: 421 << 20, Total: 783 << 20, RateDown: 12_345_678, RateUp: 654_321, Peers: 14, Seeds: 5, ETA: 31 * time.Second},
		{Name: "日本語のとても長いフォルダー名と👩🏽\u200d🚀.tar.zst", Phase: Downloading, Done: 999 * gib, Total: 1000 * gib, RateDown: 1023 << 20, RateUp: 1023 << 20, Peers: 200, Seeds: 120, ETA: 59*time.Minute + 59*time.Second},
		{Name: "small", Phase: Downloading, Done: 1, Total: 3, Peers: 1},
		{Name: "stuck.bin", Phase: Downloading, Done: 10 << 20, Total: 20 << 20, Note: "no peer has the missing 3 pieces"},
		{Name: "magnet with evil \x1b[2J name", Phase: Metadata, Peers: 3, Note: "asking 3 peers for the metadata"},
		{Name: "checked.dat", Phase: Checking, Done: 300 << 20, Total: 1 * gib},
		{Name: "named", Phase: Finishing, Done: 5 * gib, Total: 5 * gib},
		{Name: "seeded folder", Phase: Seeding, Done: 5 * gib, Total: 5 * gib, RateUp: 5 << 20, Uploaded: 6 * gib, Ratio: 1.2, Peers: 9},
		{Name: "broken", Phase: Failed, Done: 1, Total: 2, Note: "write /data/broken: no space left on device"},
		{Name: "later", Phase: Waiting},
	}
}

func TestBarsLook(t *testing.T) {
	for _, columns := range []int{20, 40, 80, 120, 200} {
		for _, locale := range []string{"utf8", "ascii"} {
			t.Run(fmt.Sprintf("%d-%s", columns, locale), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					screen := newVT(columns, 30)
					getenv := utf8Locale
					if locale == "ascii" {
						getenv = env("TERM", "vt100", "LANG", "C")
					}
					x := NewIO(Options{Out: screen, Err: screen, Color: ColorNever, Getenv: getenv, Terminal: screen.terminal()})
					p := x.Progress(ProgressOptions{Count: 12})
					var tasks []*Task
					for i, r := range some() {
						tasks = append(tasks, p.Add(func() Row {
							r := r
							if i == 5 { // hashing goes on at 100 MiB/s
								r.Done += int64(time.Since(start(t)) / time.Second * 100 << 20)
							}
							return r
						}))
					}
					time.Sleep(3100 * time.Millisecond) // between two ticks
					p.Print("a line above, as a warning would be")
					tasks[6].Done()
					p.Close()
					fmt.Fprintln(x.Err, "after")
					if len(screen.bad) > 0 {
						t.Errorf("sent what terminals need not know: %q", screen.bad)
					}
					golden(t, fmt.Sprintf("bars-%d-%s.golden", columns, locale), screen.text())
				})
			})
		}
	}
}

// start is the time at which each bubble begins.
func start(t *testing.T) time.Time {
	t.Helper()
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
}
