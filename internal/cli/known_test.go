package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/ledger"
)

// remembered fills the ledger of a folder that run is run in: a finished, an unfinished, a failed and a hostile transfer.
func remembered(t *testing.T, dir string) []ledger.Record {
	t.Helper()
	l := ledger.Open(filepath.Join(dir, ".state", "shoal"))
	defer l.Close()
	for i, change := range []func(*ledger.Record){
		func(r *ledger.Record) {
			r.Name, r.State, r.Total, r.Verified, r.Uploaded = "done.iso", ledger.Complete, 1000, 1000, 500
			r.Completed, r.Seeded, r.Labels = time.Unix(1e9, 0), time.Minute, []string{"iso", "mirror"}
		},
		func(r *ledger.Record) { r.Name, r.Total, r.Verified = "half.iso", 1000, 500 },
		func(r *ledger.Record) {
			r.Name, r.State, r.Code, r.Message = "full.iso", ledger.Failed, exitDiskFull, "no space left"
		},
		func(r *ledger.Record) { r.Name, r.Target = "\x1b[31mred\u202e", "" },
	} {
		e, err := l.Begin(ledger.Record{
			InfoHash: strings.Repeat(string("0123"[i]), 39) + "a", Verb: "get", Output: dir, Dir: dir,
			Source: "magnet:?xt=urn:btih:" + strings.Repeat(string("0123"[i]), 39) + "a&tr=http://tracker.example/PASSKEY/announce",
		})
		if err != nil {
			t.Fatal(err)
		}
		err = e.End(func(r *ledger.Record) {
			r.Target = filepath.Join(dir, "target")
			change(r)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	records, passed := l.All()
	if len(records) != 4 || len(passed) != 0 {
		t.Fatal(records, passed)
	}
	return records
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	if code, out, errs := run(t, dir, "", "list"); code != exitOK || out != "" || errs != "no transfers\n" {
		t.Errorf("nothing known: %d %q %q", code, out, errs)
	}
	records := remembered(t, dir)
	code, out, errs := run(t, dir, "", "list")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != exitOK || errs != "" || len(lines) != 4 {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	for i, want := range []string{"complete\t100%\t1000 B\t0.50", "unfinished\t50%\t1000 B\t0.00", "failed (9)\t0%\t0 B\t0.00", "unfinished\t-\t-\t0.00"} {
		if !strings.HasPrefix(lines[i], records[i].ID+"\t"+want+"\t") {
			t.Errorf("line %d: %q, want %q", i, lines[i], want)
		}
	}
	if strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, "PASSKEY") {
		t.Errorf("%q", out)
	}
	for args, want := range map[string]string{"--unfinished": "123", "--finished": "0", "--label=mirror --label=x": "0", "--label=x": ""} {
		_, out, _ := run(t, dir, "", append([]string{"list"}, strings.Fields(args)...)...)
		got := ""
		for line := range strings.Lines(out) {
			got += line[:1]
		}
		if got != want {
			t.Errorf("list %s: %q, want %q", args, got, want)
		}
	}
	if code, _, _ := run(t, dir, "", "list", "--finished", "--unfinished"); code != exitUsage {
		t.Errorf("both: %d", code)
	}
}

func TestListJSON(t *testing.T) {
	dir := t.TempDir()
	remembered(t, dir)
	_, out, _ := run(t, dir, "", "list", "--json")
	if strings.Contains(out, "PASSKEY") || strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("%q", out)
	}
	var all []transferEvent
	for line := range strings.Lines(out) {
		var e transferEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, e)
	}
	if len(all) != 4 {
		t.Fatalf("%+v", all)
	}
	done, failed := all[0], all[2]
	if done.State != "complete" || done.ID != "00000000" || done.Ratio != 0.5 || done.Seeded != 60 || done.Completed != "2001-09-09T01:46:40Z" || done.Running {
		t.Errorf("%+v", done)
	}
	if failed.State != "failed" || failed.Code != exitDiskFull || failed.Message != "no space left" || failed.Completed != "" {
		t.Errorf("%+v", failed)
	}
}

// A damaged record costs a warning and nothing else.
func TestListWithDamage(t *testing.T) {
	dir := t.TempDir()
	records := remembered(t, dir)
	path := filepath.Join(dir, ".state", "shoal", "transfers", records[0].ID+".json")
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, dir, "", "list")
	if code != exitOK || strings.Count(out, "\n") != 3 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "warning: read record "+path) {
		t.Errorf("%d %q %q", code, out, errs)
	}
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	remembered(t, dir)
	content := filepath.Join(dir, "target")
	if err := os.WriteFile(content, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]int{
		"":                        exitUsage,
		"ffff":                    exitNotFound,
		"--all-finished 00000000": exitUsage,
	} {
		if code, _, errs := run(t, dir, "", append([]string{"forget"}, strings.Fields(args)...)...); code != want {
			t.Errorf("forget %s: %d, want %d: %s", args, code, want, errs)
		}
	}
	code, _, errs := run(t, dir, "", "forget", "ffff", "1111")
	if code != exitNotFound || !strings.Contains(errs, "half.iso: forgotten, 500 B of it stay beside "+content) || !strings.Contains(errs, "forget ffff: no such transfer is known") {
		t.Errorf("%d %q", code, errs)
	}
	code, out, errs := run(t, dir, "", "forget", "--json", "--all-finished")
	if code != exitOK || strings.Count(out, `"event":"forgotten"`) != 1 || errs != "" {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if _, out, _ := run(t, dir, "", "list"); strings.Count(out, "\n") != 2 {
		t.Errorf("left: %q", out)
	}
	if _, err := os.Stat(content); err != nil {
		t.Error("the content is gone:", err)
	}
}

func TestForgetWhileAtWork(t *testing.T) {
	dir := t.TempDir()
	l := ledger.Open(filepath.Join(dir, ".state", "shoal"))
	defer l.Close()
	_, err := l.Begin(ledger.Record{InfoHash: strings.Repeat("a", 40), Name: "busy", Verb: "get", Output: dir, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	code, _, errs := run(t, dir, "", "forget", "aaaa")
	if code != exitLocked || !strings.Contains(errs, "shoal: forget busy: another process is at work on it (process ") {
		t.Errorf("%d %q", code, errs)
	}
}

func TestCompleteTransfers(t *testing.T) {
	dir := t.TempDir()
	remembered(t, dir)
	for args, want := range map[string][]string{
		"forget ":             {"00000000\tdone.iso", "11111111\thalf.iso", "22222222\tfull.iso", "33333333\t\\x1b[31mred\\u202e"},
		"forget 1":            {"11111111\thalf.iso"},
		"forget 11111111 111": nil,
		"forget 1111111111":   {strings.Repeat("1", 39) + "a-"},
	} {
		_, out, _ := run(t, dir, "", append([]string{"__complete"}, strings.Split(args, " ")...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		lines = lines[:len(lines)-1] // the directive
		if len(lines) != len(want) {
			t.Errorf("%s: %q, want %q", args, lines, want)
			continue
		}
		for i := range lines {
			if !strings.HasPrefix(lines[i], want[i]) {
				t.Errorf("%s: %q, want %q", args, lines[i], want[i])
			}
		}
	}
}
