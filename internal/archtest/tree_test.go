package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/shoal-project/shoal"
	root   = "../.."
)

// A file is one parsed Go file of the tree, whatever its build tags say.
type file struct {
	path    string // from the root of the module, with slashes: internal/dht/node.go
	pkg     string // the folder: internal/dht
	test    bool   // ends in _test.go
	lines   int
	ast     *ast.File
	fset    *token.FileSet
	imports []string          // import paths
	named   map[string]string // import path by the name it has in this file
}

// at says where a node is, for a message.
func (f *file) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// selected returns "path.Name" where e is a name selected from an imported package, and "" elsewhere.
func (f *file) selected(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok || f.named[x.Name] == "" {
		return ""
	}
	return f.named[x.Name] + "." + s.Sel.Name
}

// tree parses the module once for all tests.
var tree = sync.OnceValues(func() ([]*file, error) {
	var files []*file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parse(p)
		files = append(files, f)
		return err
	})
	return files, err
})

func parse(p string) (*file, error) {
	src, err := os.ReadFile(p)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return nil, err
	}
	f := &file{path: filepath.ToSlash(rel), fset: token.NewFileSet(), named: map[string]string{}}
	f.pkg = path.Dir(f.path)
	f.test = strings.HasSuffix(f.path, "_test.go")
	f.lines = strings.Count(string(src), "\n")
	f.ast, err = parser.ParseFile(f.fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, im := range f.ast.Imports {
		from, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			return nil, err
		}
		name := path.Base(from)
		if im.Name != nil {
			name = im.Name.Name
		}
		f.imports, f.named[name] = append(f.imports, from), from
	}
	return f, nil
}

// each calls check for every file of the tree.
func each(t *testing.T, check func(f *file)) {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files below %s: the walk is broken", len(files), root)
	}
	for _, f := range files {
		check(f)
	}
}

// within reports whether pkg is one of the folders or lies below one of them.
func within(pkg string, folders ...string) bool {
	for _, d := range folders {
		if pkg == d || strings.HasPrefix(pkg, d+"/") {
			return true
		}
	}
	return false
}
