package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// docs is where the documents lie.
const docs = "../../docs"

// block is a fenced block of a document.
type block struct{ heading, language, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// blocks are all fenced blocks of a document, each with the heading that it stands below.
func blocks(path string) ([]block, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []block
	for _, section := range strings.Split(string(b), "\n## ") {
		heading, body, _ := strings.Cut(section, "\n")
		for _, m := range fence.FindAllStringSubmatch(body, -1) {
			all = append(all, block{heading, m[1], m[2]})
		}
	}
	return all, nil
}

// extract finds the Nth block of a language below a heading of docs/recipes.md, and replaces in it OLD by NEW.
func extract(heading, language, n string, changes []string) (string, error) {
	all, err := blocks(filepath.Join(docs, "recipes.md"))
	if err != nil {
		return "", err
	}
	count := 0
	for _, b := range all {
		if b.heading != heading || b.language != language {
			continue
		}
		if count++; fmt.Sprint(count) != n {
			continue
		}
		for _, c := range changes {
			before, after, ok := strings.Cut(c, "=>")
			if !ok || !strings.Contains(b.text, before) {
				return "", fmt.Errorf("%q is not in\n%s", before, b.text)
			}
			b.text = strings.ReplaceAll(b.text, before, after)
		}
		return b.text, nil
	}
	return "", fmt.Errorf("no block %s of %s below %q", n, language, heading)
}

// cmdRecipe runs a block of docs/recipes.md: those in sh as they are, of those in cron the command.
func cmdRecipe(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: [!] recipe HEADING LANGUAGE N [OLD=>NEW...]")
	}
	text, err := extract(args[0], args[1], args[2], args[3:])
	ts.Check(err)
	if args[1] == "cron" {
		text = strings.Join(strings.Fields(text)[5:], " ")
	}
	err = ts.Exec("sh", "-eu", "-c", text)
	if err == nil == neg {
		ts.Fatalf("%v of\n%s", err, text)
	}
}

// cmdExtract writes a block of docs/recipes.md to a file.
func cmdExtract(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: extract HEADING LANGUAGE N FILE [OLD=>NEW...]")
	}
	text, err := extract(args[0], args[1], args[2], args[4:])
	ts.Check(err)
	path := ts.MkAbs(args[3])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, []byte(text), 0o666))
}

// unitKeys are those that a service may have here, by section: a slip of the pen in one of them would go unnoticed
// where systemd is not there to tell.
var unitKeys = map[string]string{
	"Unit":    "Description Wants After",
	"Install": "WantedBy",
	"Service": "ExecStart ExecReload Environment StateDirectory CacheDirectory User Restart RestartSec NoNewPrivileges " +
		"ProtectSystem ProtectHome PrivateTmp ReadWritePaths",
}

// cmdUnit checks a unit of systemd, with systemd's own means where they are there.
func cmdUnit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unit FILE")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	section, start := "", ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "":
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case !ok || !strings.Contains(" "+unitKeys[section]+" ", " "+key+" ") || value == "":
			ts.Fatalf("%q in section %q", line, section)
		case key == "ExecStart":
			start = value
		}
	}
	if start == "" {
		ts.Fatalf("nothing is started")
	}
	if err := ts.Exec("systemd-analyze", "--version"); err == nil {
		ts.Check(ts.Exec("systemd-analyze", "verify", ts.MkAbs(args[0])))
	}
}

// The manifests in the documents can be read.
func TestManifestsInDocuments(t *testing.T) {
	read := 0
	for _, name := range []string{"recipes.md", "fleet.md"} {
		all, err := blocks(filepath.Join(docs, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			if b.language != "toml" && b.language != "yaml" || !strings.Contains(b.text, "source") {
				continue
			}
			read++
			dir := t.TempDir()
			file := "manifest." + b.language
			if err := os.WriteFile(filepath.Join(dir, file), []byte(b.text), 0o666); err != nil {
				t.Fatal(err)
			}
			if code, out, errs := run(t, dir, "", "apply", "--dry-run", file); code != exitOK || !strings.HasPrefix(out, "fetch\t") {
				t.Errorf("%s, %s: %d %q %q\n%s", name, b.heading, code, out, errs, b.text)
			}
		}
	}
	if read < 5 {
		t.Errorf("only %d manifests", read)
	}
}

// Each recipe has a script that runs it.
func TestRecipesHaveScripts(t *testing.T) {
	all, err := blocks(filepath.Join(docs, "recipes.md"))
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("../../testdata/script/recipe_*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, s := range scripts {
		b, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	count := map[string]int{}
	for _, b := range all {
		key := b.heading + "' " + b.language
		count[key]++
		if used := fmt.Sprintf("'%s %d", key, count[key]); !strings.Contains(text.String(), used) {
			t.Errorf("no script uses %s", used)
		}
	}
	if len(all) < 10 {
		t.Errorf("only %d blocks", len(all))
	}
}
