package cli

import (
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// varying are the parts of the output that are not the same in every run, and what stands for them in
// a golden file.
var varying = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"time":"[^"]*"`), `"time":"TIME"`},
	{regexp.MustCompile(`"elapsed_s":[0-9.]+`), `"elapsed_s":SECONDS`},
	{regexp.MustCompile(`"(rate_down|rate_up|peers|seeds|port)":\d+`), `"$1":N`},
	{regexp.MustCompile(`"eta_s":(null|\d+)`), `"eta_s":N`},
	{regexp.MustCompile(`(?m)^("event":"progress".*),"note":"[^"]*"\}$`), `$1}`},
	{regexp.MustCompile(` in [0-9.]+(ms|s)(, [0-9.]+ [KMG]?i?B/s)?`), ` in TIME, RATE`},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), `127.0.0.1:PORT`},
	{regexp.MustCompile(`on port \d+`), `on port PORT`},
	{regexp.MustCompile(`process \d+`), `process PID`},
	// Those on the way: how many there are is chance.
	{regexp.MustCompile(`(?m)^\{[^\n]*"event":"progress"[^\n]*"state":"(metadata|checking|downloading|finishing)"[^\n]*\n`), ``},
}

// cmdGolden compares output with what it is to be, but for times, rates and ports.
func cmdGolden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: golden stdout|stderr|FILE WANT")
	}
	got := ts.ReadFile(args[0])
	want, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	got = strings.ReplaceAll(got, ts.Getenv("WORK"), "$WORK")
	for _, v := range varying {
		got = v.re.ReplaceAllString(got, v.with)
	}
	if got != string(want) {
		ts.Fatalf("%s is\n%s\nwant\n%s", args[0], got, want)
	}
}
