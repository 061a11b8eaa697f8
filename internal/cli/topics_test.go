package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
)

// What help says of the exit codes is what the code returns: each constant of exit.go has a meaning and a line.
func TestHelpExitCodes(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "exit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []int
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "exit") && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.INT {
				code, _ := strconv.Atoi(lit.Value)
				codes = append(codes, code)
			}
		}
		return true
	})
	if len(codes) < 15 {
		t.Fatalf("only %d codes in exit.go", len(codes))
	}
	_, out, _ := run(t, t.TempDir(), "", "help", "exit-codes")
	var told []int
	for _, m := range regexp.MustCompile(`(?m)^  (\d+) +\S`).FindAllStringSubmatch(out, -1) {
		code, _ := strconv.Atoi(m[1])
		told = append(told, code)
	}
	if !slices.Equal(told, codes) {
		t.Errorf("told %v, want %v", told, codes)
	}
}

// What help says of the environment is what the flags are, and each variable that is named really sets its flag.
func TestHelpEnvironment(t *testing.T) {
	_, out, _ := run(t, t.TempDir(), "", "help", "environment")
	told := regexp.MustCompile(`(?m)^  (SHOAL_[A-Z0-9_]+) `).FindAllStringSubmatch(out, -1)
	named := map[string]bool{}
	for _, m := range told {
		named[m[1]] = true
	}
	root := newRootCommand(Env{}.filled())
	flags := map[string]bool{}
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if name := config.Variable(f.Name); config.IsSetting(f) {
				flags[name] = true
				if !named[name] {
					t.Errorf("%s of --%s is not told", name, f.Name)
				}
			}
		})
	}
	for name := range named {
		if !flags[name] {
			t.Errorf("%s belongs to no flag", name)
		}
	}
	if len(named) < 40 {
		t.Errorf("only %d variables", len(named))
	}
}

// Each variable that the code asks for is told of.
func TestHelpEnvironmentOfOthers(t *testing.T) {
	_, out, _ := run(t, t.TempDir(), "", "help", "environment")
	asks := regexp.MustCompile(`(?:[gG]etenv|env)\("([A-Z][A-Z0-9_]+)"\)`)
	places := regexp.MustCompile(`"((?:XDG_[A-Z]+_HOME|APPDATA|LOCALAPPDATA))"`)
	found := 0
	for _, pattern := range []string{"*.go", "../ui/*.go", "../config/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range append(asks.FindAllSubmatch(b, -1), places.FindAllSubmatch(b, -1)...) {
				found++
				if !strings.Contains(out, string(m[1])) {
					t.Errorf("%s asks for %s, which help does not tell", file, m[1])
				}
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d variables found", found)
	}
}

func TestHelpEvents(t *testing.T) {
	_, out, _ := run(t, t.TempDir(), "", "help", "events")
	for _, event := range []string{
		ui.EventAdded, ui.EventMetadata, ui.EventChecking, ui.EventProgress, ui.EventFile, ui.EventComplete,
		ui.EventSeeding, ui.EventWarning, ui.EventError, ui.EventResult, ui.EventSummary,
	} {
		if !strings.Contains(out, "\n  "+event+" ") {
			t.Errorf("%s is not told", event)
		}
	}
}

// The examples of help config are a configuration file that can be read.
func TestHelpConfig(t *testing.T) {
	dir := t.TempDir()
	_, out, _ := run(t, dir, "", "help", "config")
	var file strings.Builder
	for line := range strings.Lines(out) {
		if text, ok := strings.CutPrefix(line, "  "); ok {
			file.WriteString(text)
		}
	}
	if err := os.MkdirAll(dir+"/.config/shoal", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/.config/shoal/config.toml", []byte(file.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, dir, "", "list"); code != exitOK {
		t.Errorf("%d %q with\n%s", code, errs, file.String())
	}
}

func TestHelpTopics(t *testing.T) {
	_, root, _ := run(t, t.TempDir(), "", "help")
	_, completed, _ := run(t, t.TempDir(), "", "__complete", "help", "e")
	for _, topic := range topics() {
		if !strings.Contains(root, "\n  "+topic.name+" ") {
			t.Errorf("help does not list %s", topic.name)
		}
		if strings.HasPrefix(topic.name, "e") && !strings.Contains(completed, topic.name+"\t") {
			t.Errorf("%s is not completed: %q", topic.name, completed)
		}
		code, out, errs := run(t, t.TempDir(), "", "help", topic.name)
		if code != exitOK || out == "" || errs != "" || !strings.HasSuffix(out, "\n") {
			t.Errorf("%s: %d %q", topic.name, code, errs)
		}
	}
	if code, _, errs := run(t, t.TempDir(), "", "help", "exit-code"); code != exitUsage || !strings.Contains(errs, "did you mean") {
		t.Errorf("%d %q", code, errs)
	}
}

func TestMan(t *testing.T) {
	dir := t.TempDir()
	for _, to := range []string{"man", "again"} {
		if code, out, errs := run(t, dir, "", "man", to); code != exitOK || out+errs != "" {
			t.Fatalf("%d %q %q", code, out, errs)
		}
	}
	pages, err := os.ReadDir(filepath.Join(dir, "man"))
	if err != nil || len(pages) < 15 {
		t.Fatal(pages, err)
	}
	for _, p := range pages {
		a, err := os.ReadFile(filepath.Join(dir, "man", p.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "again", p.Name()))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s differs from one run to the next: %v", p.Name(), err)
		}
		if !strings.Contains(string(a), ".TH ") || !strings.Contains(string(a), `.SH "NAME"`) {
			t.Errorf("%s: %.200s", p.Name(), a)
		}
	}
	get, err := os.ReadFile(filepath.Join(dir, "man", "shoal-get.1"))
	if err != nil || !strings.Contains(string(get), `\-\-max\-peers N`) {
		t.Errorf("the page of get does not tell its flags: %v", err)
	}
	if code, _, errs := run(t, dir, "", "man", "man/shoal.1"); code != exitCreate {
		t.Errorf("%d %q", code, errs)
	}
}
