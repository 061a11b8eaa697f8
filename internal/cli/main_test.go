package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run is a run of the program in a folder, without a process.
func run(t *testing.T, dir, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{
		"XDG_CONFIG_HOME": dir + "/.config", "XDG_STATE_HOME": dir + "/.state", "XDG_CACHE_HOME": dir + "/.cache",
		"SOURCE_DATE_EPOCH": "0",
	}
	code = Main(t.Context(), Env{
		Args: args, Dir: dir, In: strings.NewReader(stdin), Out: &out, Err: &errs,
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	return code, out.String(), errs.String()
}

// Every torrent of the corpora is shown with its infohash, or refused as what it is.
func TestShowCorpora(t *testing.T) {
	corpora, err := filepath.Abs("../../../shared/corpora")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(corpora, "EXPECT.tsv"))
	if err != nil {
		t.Skip("the corpora are not here:", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	rows := 0
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(cells[0], "#") || len(cells) < 4 {
			continue
		}
		rows++
		showCorpus(t, filepath.Join(corpora, cells[0]), cells[1], cells[3])
	}
	if rows < 50 {
		t.Errorf("only %d rows", rows)
	}
}

func showCorpus(t *testing.T, path, infohash, expected string) {
	mayAccept := strings.Contains(expected, "accept") || strings.Contains(expected, "sanitise") || strings.Contains(expected, "rename")
	mayReject := strings.Contains(expected, "reject")
	if !mayAccept && !mayReject {
		return
	}
	code, out, errs := run(t, t.TempDir(), "", "show", "--json", "--files", path)
	for _, text := range []string{out, errs} {
		if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x9b || r == 0x202e }); i >= 0 {
			t.Errorf("%s: control byte at %d of %q", path, i, text)
		}
	}
	switch {
	case code == exitOK && mayAccept:
		var shown struct{ InfoHash string }
		if err := json.Unmarshal([]byte(out), &shown); err != nil {
			t.Errorf("%s: %v in %s", path, err, out)
		}
		if infohash != "" && shown.InfoHash != infohash {
			t.Errorf("%s: infohash %s, want %s", path, shown.InfoHash, infohash)
		}
	case code == exitBadTorrent && mayReject:
		if strings.Count(errs, "\n") != 1 || out != "" {
			t.Errorf("%s: refused with %q and %q", path, errs, out)
		}
	default:
		t.Errorf("%s: exit code %d (%s), expected %s", path, code, strings.TrimSpace(errs), expected)
	}
}

// A whole run is a value: relative paths are meant from Env.Dir, streams are what was given.
func TestMainInFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, dir, "", "create", "file")
	if code != exitOK || out != "file.torrent\n" {
		t.Fatalf("create: %d %q %q", code, out, errs)
	}
	torrent, err := os.ReadFile(filepath.Join(dir, "file.torrent"))
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs = run(t, dir, string(torrent), "magnet", "-")
	if code != exitOK || !strings.HasPrefix(out, "magnet:?xt=urn:btih:") || errs != "" {
		t.Errorf("magnet: %d %q %q", code, out, errs)
	}
	code, out, errs = run(t, dir, "", "verify", "file.torrent")
	if code != exitOK || !strings.HasPrefix(out, "complete\tfile") {
		t.Errorf("verify: %d %q %q", code, out, errs)
	}
	code, _, errs = run(t, dir, "", "seed", "--data", "nowhere", "file.torrent")
	if code != exitMismatch {
		t.Errorf("seed: %d %q", code, errs)
	}
}

// Whatever is thrown away, the zero Env runs.
func TestZeroEnv(t *testing.T) {
	if code := Main(t.Context(), Env{Args: []string{"version"}}); code != exitOK {
		t.Errorf("version: exit code %d", code)
	}
	if code := Main(t.Context(), Env{Args: []string{"show", "-"}}); code != exitUsage {
		t.Errorf("show of nothing: exit code %d", code)
	}
}

// Errors are told in the colours that were asked for, also when the command line was not understood.
func TestColorOfErrors(t *testing.T) {
	for _, test := range []struct {
		args    []string
		colored bool
	}{
		{[]string{"show", "--color=always", "--nonsense"}, true},
		{[]string{"show", "--nonsense", "--color", "always"}, true},
		{[]string{"show", "--nonsense", "--color=never", "--color=always"}, true},
		{[]string{"--color", "always", "nonsense"}, true},
		{[]string{"show", "--nonsense", "--color"}, false},
		{[]string{"show", "--nonsense", "--color=never"}, false},
		{[]string{"show", "--nonsense", "--", "--color=always"}, false},
		{[]string{"show", "--nonsense"}, false},
	} {
		_, _, errs := run(t, t.TempDir(), "", test.args...)
		if strings.Contains(errs, "\x1b[") != test.colored {
			t.Errorf("%v: %q", test.args, errs)
		}
	}
}
