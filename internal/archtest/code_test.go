package archtest

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// The places that may end the process or write to the terminal. Everything below them returns errors
// and values.
var (
	mayExit  = []string{"cmd", "internal/cli"}
	mayPrint = []string{"cmd", "internal/cli", "internal/ui"}
)

const maxLines = 500

func TestFilesStaySmall(t *testing.T) {
	each(t, func(f *file) {
		if f.lines > maxLines {
			t.Errorf("%s has %d lines; a file answers one question, in %d at most", f.path, f.lines, maxLines)
		}
	})
}

func TestPackagesSayWhatTheyOwn(t *testing.T) {
	documented := map[string]bool{}
	each(t, func(f *file) {
		if !f.test {
			opens := f.ast.Doc != nil && regexp.MustCompile(`^(Package|Command) `).MatchString(f.ast.Doc.Text())
			documented[f.pkg] = documented[f.pkg] || opens
		}
	})
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func TestOnlyTheCommandEndsTheProcess(t *testing.T) {
	each(t, func(f *file) {
		if f.test || within(f.pkg, mayExit...) {
			return
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && f.selected(e) == "os.Exit" {
				t.Errorf("%s: os.Exit; return an error instead", f.at(n))
			}
			return true
		})
	})
}

func TestOnlyTheTerminalPackagesPrint(t *testing.T) {
	prints := regexp.MustCompile(`^(fmt\.Print(f|ln)?|os\.Std(out|err))$`)
	each(t, func(f *file) {
		if f.test || within(f.pkg, mayPrint...) {
			return
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && prints.MatchString(f.selected(e)) {
				t.Errorf("%s: %s; only the command line and ui write to a terminal", f.at(n), f.selected(e))
			}
			if c, ok := n.(*ast.CallExpr); ok {
				if id, ok := c.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
					t.Errorf("%s: builtin %s", f.at(n), id.Name)
				}
			}
			return true
		})
	})
}

func TestLogsGoToTheLoggerGiven(t *testing.T) {
	global := regexp.MustCompile(`^(log\.\w+|log/slog\.(Default|SetDefault|(Debug|Info|Warn|Error|Log)(Context|Attrs)?))$`)
	each(t, func(f *file) {
		if f.test || within(f.pkg, mayExit...) {
			return
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && global.MatchString(f.selected(e)) {
				t.Errorf("%s: %s is a global logger; take a *slog.Logger", f.at(n), f.selected(e))
			}
			return true
		})
	})
}

func TestNothingRunsAtImport(t *testing.T) {
	each(t, func(f *file) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init", f.at(fn))
			}
		}
	})
}

func TestNothingIsLeftForLater(t *testing.T) {
	later := regexp.MustCompile(`\b(TODO|FIXME|XXX)\b|\bnot implemented\b`)
	each(t, func(f *file) {
		for _, group := range f.ast.Comments {
			if m := later.FindString(group.Text()); m != "" {
				t.Errorf("%s: %s in a comment", f.at(group), m)
			}
		}
	})
}

func TestNamesSayWhatTheyAre(t *testing.T) {
	empty := regexp.MustCompile(`(?i)\b(utils?|common|helpers?|misc|manager)\b`)
	each(t, func(f *file) {
		for _, part := range append(strings.Split(f.pkg, "/"), strings.TrimSuffix(f.path[strings.LastIndex(f.path, "/")+1:], ".go")) {
			if empty.MatchString(strings.ReplaceAll(part, "_", " ")) {
				t.Errorf("%s: %q says nothing of what is in it", f.path, part)
			}
		}
	})
}
