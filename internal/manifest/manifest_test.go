package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const inTOML = `# what this machine is to have
[defaults]
dir = "/srv/mirror"
labels = ["all"]
seed = { ratio = 2, time = "24h" }
web-seed = "http://origin.example/"

[[torrent]]
source = "https://example.org/a.torrent"
select = ["*.iso", "1"]
[torrent.seed]
until = "ratio>=2 && seeders>=3"

[[torrent]]
source = "magnet:?xt=urn:btih:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
dir = "elsewhere"
name = "b.iso"
labels = []
seed = false
timeout = 90
sequential = true
seed-ratio = 1.5
`

const inYAML = `# what this machine is to have
defaults:
  dir: /srv/mirror
  labels: [all]
  seed: {ratio: 2, time: 24h}
  web-seed: http://origin.example/

torrents:
- source: https://example.org/a.torrent
  select: ["*.iso", 1]
  seed:
    until: ratio>=2 && seeders>=3

- source: magnet:?xt=urn:btih:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  dir: elsewhere
  name: b.iso
  labels: []
  seed: false
  timeout: 90
  sequential: true
  seed-ratio: 1.5
`

func want() []Torrent {
	one := func(name, value string) Option { return Option{Name: name, Values: []string{value}} }
	return []Torrent{
		{
			Source: "https://example.org/a.torrent", Dir: "/srv/mirror", Labels: []string{"all"},
			Options: []Option{
				{Name: "select", Values: []string{"*.iso", "1"}, List: true},
				one("seed-until", "ratio>=2 && seeders>=3"), one("web-seed", "http://origin.example/"),
			},
		},
		{
			Source: "magnet:?xt=urn:btih:" + strings.Repeat("a", 40), Dir: "elsewhere", Name: "b.iso", Labels: []string{},
			Options: []Option{
				one("seed", "false"), one("timeout", "90"), one("sequential", "true"), one("seed-ratio", "1.5"),
				one("web-seed", "http://origin.example/"),
			},
		},
	}
}

// linesOf takes the line numbers out, and returns those of the torrents' options.
func linesOf(m *Manifest) (lines []int) {
	for i := range m.Torrents {
		t := &m.Torrents[i]
		lines = append(lines, t.Line)
		t.Line = 0
		for j := range t.Options {
			lines = append(lines, t.Options[j].Line)
			t.Options[j].Line = 0
		}
	}
	return lines
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		format Format
		text   string
		lines  []int
	}{
		"toml": {TOML, inTOML, []int{8, 10, 12, 6, 14, 19, 20, 21, 22, 6}},
		"yaml": {YAML, inYAML, []int{9, 10, 12, 6, 14, 18, 19, 20, 21, 6}},
	} {
		m, err := Parse(name, c.format, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if lines := linesOf(m); !reflect.DeepEqual(lines, c.lines) {
			t.Errorf("%s: lines %v, want %v", name, lines, c.lines)
		}
		if !reflect.DeepEqual(m.Torrents, want()) {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, m.Torrents, want())
		}
	}
}

func TestShortForms(t *testing.T) {
	for text, format := range map[string]Format{
		"torrents: [a, {source: b}]":                         YAML,
		"torrents:\n- a\n- {source: b}\n":                    YAML,
		`torrent = ["a", {source = "b"}]`:                    TOML,
		"torrents = [\n'a',\n{source='b'}]":                  TOML,
		"[[torrents]]\nsource='a'\n[[torrents]]\nsource='b'": TOML,
	} {
		m, err := Parse("m", format, []byte(text))
		if err != nil || len(m.Torrents) != 2 || m.Torrents[0].Source != "a" || m.Torrents[1].Source != "b" {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
	for text, format := range map[string]Format{"": TOML, " ": YAML, "# nothing\n": YAML, "---\n": YAML, "torrents: []": YAML, "[defaults]": TOML} {
		if m, err := Parse("m", format, []byte(text)); err != nil || len(m.Torrents) != 0 {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		format Format
		text   string
		line   int
		says   string
	}{
		{TOML, "x = 1", 1, `unknown key "x"`},
		{TOML, "[[torrent]]\nsource = 'a'\n\n[torent]\n", 4, `unknown key "torent"`},
		{TOML, "[[torrent]]\nsource = ''\n", 2, "source: it is empty"},
		{TOML, "[[torrent]]\nsource = ['a']\n", 2, "source: a list where one value is wanted"},
		{TOML, "[[torrent]]\nsource = 'a'\nname = '../x'\n", 3, `"../x" is no name`},
		{TOML, "[[torrent]]\nsource = 'a'\nselect = {a=1}\n", 3, "select: a table where a value is wanted"},
		{TOML, "[[torrent]]\nsource = 'a'\nselect = [\n'a',\n['b']]\n", 3, "a list in a list of values"},
		{TOML, "[[torrent]]\nsource = 'a'\ntimeout = 2020-01-01\n", 3, "put it in quotes"},
		{TOML, "[[torrent]]\nsource = 'a'\nseed = {ratio=1}\nseed-ratio = 2\n", 4, `"seed-ratio" is here twice`},
		{TOML, "[[torrent]]\nsource = 'a'\nsource = 'b'\n", 3, ""},
		{TOML, "[[torrent]]\nsource = \n", 2, ""},
		{TOML, "[torrent]\nsource = 'a'\n", 1, "torrent is a table; a list is wanted"},
		{TOML, "torrent = []\ntorrents = []\n", 2, "are the same"},
		{TOML, "[defaults]\ndir='x'\nsource='x'\n", 3, "cannot be the same for all"},
		{TOML, "defaults = 1\n", 1, "a table is wanted"},
		{YAML, "- a\n", 1, "a manifest is a table"},
		{YAML, "a\n", 1, "a manifest is a table"},
		{YAML, "torrents:\n- source: a\n  seed: &x {ratio: 1}\n", 3, "anchors and aliases"},
		{YAML, "torrents:\n- source: a\n  <<: {ratio: 1}\n", 3, "no name"},
		{YAML, "torrents:\n- source: a\n  seed:\n", 3, "a value is missing"},
		{YAML, "torrents:\n- source: !!binary aaaa\n", 2, "tags are not taken"},
		{YAML, "torrents:\n- source: a\n  source: b\n", 3, "twice"},
		{YAML, "torrents:\n- [a]\n", 2, "a torrent is a list"},
		{YAML, "torrents:\n- source: a\n bad\n", 2, ""},
		{YAML, "torrents: []\n---\ntorrents: []\n", 2, "a second document"},
		{YAML, "\x00", 0, ""},
	} {
		_, err := Parse("the.manifest", c.format, []byte(c.text))
		var at *Error
		if !errors.As(err, &at) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if at.Line != c.line || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "read manifest the.manifest") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q in line %d, want %q in line %d", c.text, err, at.Line, c.says, c.line)
		}
	}
}

func TestCheck(t *testing.T) {
	known := func(name string) (bool, bool) { return name != "selekt", name == "select" }
	like := func(string) string { return "select" }
	for text, says := range map[string]string{
		"torrents: [{source: a, select: [b, c], timeout: 1}]": "",
		"torrents: [{source: a}]\ndefaults:\n  selekt: x\n":   `m:3: unknown key "selekt"; did you mean "select"?`,
		"torrents:\n- source: a\n  timeout: [1]\n":            "m:3: timeout: a list where one value is wanted",
		"torrents:\n- source: a\n  seed: {time: [1]}\n":       "m:3: seed-time: a list where one value is wanted",
		"torrents:\n- source: a\n- dir: x\n":                  "m:3: a torrent without a source",
		"torrents: [' ']":                                     "m:1: a torrent without a source",
		"torrents:\n- dir: x\n  selekt: a\n":                  `m:3: unknown key "selekt"; did you mean "select"?`,
	} {
		m, err := Parse("m", YAML, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = m.Check(known, like)
		if says == "" && err != nil || says != "" && (err == nil || !strings.HasSuffix(err.Error(), says)) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.toml": inTOML, "a.yaml": inYAML, "a.YML": inYAML, "a.conf": inTOML} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(path); err != nil || len(m.Torrents) != 2 || m.Path != path {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	var at *Error
	if _, err := Load(filepath.Join(dir, "none")); !errors.As(err, &at) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Load(dir); !errors.As(err, &at) {
		t.Error(err)
	}
	if _, err := Parse("m", TOML, make([]byte, MaxSize+1)); !errors.As(err, &at) || !strings.Contains(err.Error(), "larger") {
		t.Error(err)
	}
}

// A manifest of ten thousand torrents is read at once, not in a time that grows with its square.
func TestLargeManifest(t *testing.T) {
	var inTOML, inYAML strings.Builder
	inYAML.WriteString("torrents:\n")
	for range 10_000 {
		inTOML.WriteString("[[torrent]]\nsource = 'magnet:?xt=urn:btih:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\nselect = ['a', 'b']\nseed.ratio = 1\n")
		inYAML.WriteString("- source: magnet:?xt=urn:btih:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  select: [a, b]\n  seed: {ratio: 1}\n")
	}
	for format, text := range map[Format]string{TOML: inTOML.String(), YAML: inYAML.String()} {
		m, err := Parse("m", format, []byte(text))
		if err != nil || len(m.Torrents) != 10_000 {
			t.Fatal(err)
		}
		last := m.Torrents[9_999]
		if lines := strings.Count(text, "\n"); last.Options[1].Line != lines {
			t.Errorf("last line %d of %d", last.Options[1].Line, lines)
		}
	}
}

// However deep it is nested, it is refused or read, and the process lives.
func TestDeepManifest(t *testing.T) {
	for _, n := range []int{1000, 100_000} {
		for _, open := range []string{"[", "{a: ", "- ", "? ", "a:\n"} {
			_, err := Parse("m", YAML, []byte(strings.Repeat(open, n)))
			if err == nil {
				t.Errorf("%d times %q: accepted", n, open)
			}
		}
		for _, open := range []string{"a = " + strings.Repeat("[", n), "a = " + strings.Repeat("{a = ", n), strings.Repeat("a.", n) + "a = 1", "[" + strings.Repeat("a.", n) + "a]"} {
			_, err := Parse("m", TOML, []byte(open))
			if err == nil {
				t.Errorf("%d times %.8q: accepted", n, open)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(false, inTOML)
	f.Add(true, inYAML)
	f.Add(true, "torrents: [a, {source: b}]")
	f.Add(false, "[[torrent]]\n[torrent.seed]\na.b.c=1\n[[torrent.x]]\n[torrent.x.y]\n")
	f.Fuzz(func(t *testing.T, isYAML bool, text string) {
		format := TOML
		if isYAML {
			format = YAML
		}
		m, err := Parse("m", format, []byte(text))
		var at *Error
		if err != nil && !errors.As(err, &at) {
			t.Fatalf("%v", err)
		}
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + strings.Count(text, "\u0085") + strings.Count(text, "\u2028") + strings.Count(text, "\u2029") + 1
		for _, torrent := range m.Torrents {
			if torrent.Line < 1 || torrent.Line > lines {
				t.Fatalf("%+v of %d lines", torrent, lines)
			}
			for _, o := range torrent.Options {
				if o.Line < 1 || o.Line > lines || len(o.Values) != 1 && !o.List {
					t.Fatalf("%+v of %d lines", o, lines)
				}
			}
		}
	})
}
