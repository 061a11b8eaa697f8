package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// settings is a command like get.
type settings struct {
	*pflag.FlagSet
	down    Rate
	port    string
	noDHT   bool
	jobs    int
	tracker []string
	peers   []string
}

func newSettings(args ...string) *settings {
	s := &settings{FlagSet: pflag.NewFlagSet("get", pflag.ContinueOnError)}
	s.Var(&s.down, "down", "")
	s.StringVarP(&s.port, "port", "p", "6881-6889", "")
	s.BoolVar(&s.noDHT, "no-dht", false, "")
	s.IntVarP(&s.jobs, "jobs", "j", 5, "")
	s.StringArrayVar(&s.tracker, "tracker", []string{"default"}, "")
	s.StringArrayVar(&s.peers, "peer", nil, "")
	s.BoolP("help", "h", false, "")
	if err := s.Parse(args); err != nil {
		panic(err)
	}
	return s
}

func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("config.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOrderOfSources(t *testing.T) {
	file := parse(t, `
down = "1M"
port = 7000
jobs = 2
no-dht = true

[get]
jobs = 3
tracker = ["http://a/announce", "udp://b:1"]

[seed]
jobs = 4
`)
	env := environment("SHOAL_JOBS", "9", "SHOAL_DOWN", "", "SHOAL_NO_DHT", "false", "SHOAL_HELP", "true")

	s := newSettings("--port", "1")
	if err := Apply(s, "get", file, nil2env); err != nil {
		t.Fatal(err)
	}
	if s.down != 1<<20 || s.port != "1" || s.jobs != 3 || !s.noDHT || !slices.Equal(s.tracker, []string{"http://a/announce", "udp://b:1"}) {
		t.Errorf("file under flags: %+v", s)
	}
	if !s.Changed("down") || s.Changed("peer") {
		t.Error("a flag from the file counts as changed, others do not")
	}

	s = newSettings("-j", "1")
	if err := Apply(s, "get", file, env); err != nil {
		t.Fatal(err)
	}
	if s.jobs != 1 || s.down != 1<<20 || s.noDHT || s.port != "7000" || s.Changed("help") {
		t.Errorf("environment between file and flags: %+v", s)
	}

	s = newSettings()
	if err := Apply(s, "seed", file, env); err != nil {
		t.Fatal(err)
	}
	if s.jobs != 9 || !slices.Equal(s.tracker, []string{"default"}) {
		t.Errorf("another command: %+v", s)
	}
	if err := Apply(newSettings(), "get", nil, environment()); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

func nil2env(string) (string, bool) { return "", false }

func TestRepeatedFlags(t *testing.T) {
	for text, want := range map[string][]string{
		"one":                         {"one"},
		"one,still-one two":           {"one,still-one", "two"},
		"My File\nOther File\n\n":     {"My File", "Other File"},
		"  http://a/ \t udp://b:1   ": {"http://a/", "udp://b:1"},
	} {
		s := newSettings()
		if err := Apply(s, "get", nil, environment("SHOAL_PEER", text)); err != nil || !slices.Equal(s.peers, want) {
			t.Errorf("%q gives %q, %v", text, s.peers, err)
		}
	}
	s := newSettings()
	if err := Apply(s, "get", parse(t, `tracker = []`), environment()); err != nil || len(s.tracker) != 0 {
		t.Errorf("an empty array gives %q, %v", s.tracker, err)
	}
	s = newSettings("--tracker", "typed")
	if err := Apply(s, "get", parse(t, `tracker = ["a", "b"]`), environment("SHOAL_TRACKER", "c")); err != nil || !slices.Equal(s.tracker, []string{"typed"}) {
		t.Errorf("lists add up: %q, %v", s.tracker, err)
	}
}

func TestRefusedValuesSayWhereTheyCameFrom(t *testing.T) {
	tests := []struct {
		file string
		env  Getenv
		want string
	}{
		{"\ndown = \"fast\"", environment(), `set --down from config.toml:2: "fast" is not a rate: unknown unit "fast" (write 500k, 10MiB, or a number of bytes a second; 0 is unlimited)`},
		{"", environment("SHOAL_JOBS", "many"), `set --jobs from SHOAL_JOBS: "many" must be an integer`},
		{"[get]\njobs = [1, 2]", environment(), `set --jobs from config.toml:2: a list where one value is wanted`},
		{"jobs = 1.5", environment(), `set --jobs from config.toml:1: "1.5" must be an integer`},
		{"no-dht = \"maybe\"", environment(), `set --no-dht from config.toml:1: "maybe" must be true or false`},
	}
	for _, tt := range tests {
		err := Apply(newSettings(), "get", parse(t, tt.file), tt.env)
		var refused *ValueError
		if !errors.As(err, &refused) || err.Error() != tt.want || errors.Unwrap(err) == nil {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

func TestTypeOnly(t *testing.T) {
	file := parse(t, "jobs = 3\n[get]\ndown = '1k'")
	s := newSettings()
	TypeOnly(s.Lookup("jobs"))
	if err := Apply(s, "get", file, environment("SHOAL_JOBS", "9")); err != nil || s.jobs != 5 || s.down != 1024 {
		t.Errorf("got %d, %v, %v", s.jobs, s.down, err)
	}
	if err := file.Check(map[string]FlagSet{"get": s}); err == nil {
		t.Error("a flag that is no setting passed in the file")
	}
}

func TestVariable(t *testing.T) {
	if got := Variable("stall-timeout"); got != "SHOAL_STALL_TIMEOUT" {
		t.Error(got)
	}
}

func TestCheck(t *testing.T) {
	seed := pflag.NewFlagSet("seed", pflag.ContinueOnError)
	seed.String("seed-ratio", "", "")
	seed.Bool("version", false, "")
	commands := map[string]FlagSet{"get": newSettings(), "seed": seed}
	for text, want := range map[string]string{
		"":                                    "",
		"down = 1\nseed-ratio = 2\n[get]\n":   "",
		"[seed]\nseed-ratio = 2":              "",
		"\n\ndwon = 1":                        `read config config.toml:3: no command has a flag "dwon"; did you mean "down"?`,
		"Down = 1":                            `read config config.toml:1: no command has a flag "Down"; did you mean "down"?`,
		"rainbow = 1":                         `read config config.toml:1: no command has a flag "rainbow"`,
		"help = true":                         `read config config.toml:1: no command has a flag "help"`,
		"version = true":                      `read config config.toml:1: no command has a flag "version"`,
		"[seed]\n\ndown = 1":                  `read config config.toml:3: command seed has no flag "down"`,
		"[gte]\ndown = 1":                     `read config config.toml:2: there is no command "gte"`,
		"[\"a b\"]\n\nx = 1":                  `read config config.toml:1: there is no command "a b"`,
		"[get]\nx = 1\n[seed]\ny = 1":         `read config config.toml:2: command get has no flag "x"`,
		"get = {jobs = 1, trackre = [\"a\"]}": `read config config.toml:1: command get has no flag "trackre"; did you mean "tracker"?`,
		"[get]\njobs = [1]":                   `read config config.toml:2: jobs: a list where one value is wanted`,
		strings.Repeat("x", 100) + " = 1":     `read config config.toml:1: no command has a flag "` + strings.Repeat("x", 100) + `"`,
	} {
		err := parse(t, text).Check(commands)
		switch {
		case err == nil && want == "":
		case err == nil || err.Error() != want:
			t.Errorf("%q: got %v\nwant %s", text, err, want)
		}
	}
	if err := (*File)(nil).Check(commands); err != nil {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"down = ":                  "read config config.toml:1: ",
		"a = 1\nb = 2\na = 3":      "read config config.toml:3: ",
		"\n[get\n":                 "read config config.toml:2: ",
		"x = 2020-01-01":           "read config config.toml:1: x: a date or time where a value is wanted; put it in quotes",
		"[[get]]\ndown = 1":        "read config config.toml:1: get: in the array: a table where a value is wanted",
		"[get]\n[get.x]\ny = 1":    "read config config.toml:2: x: a table where a value is wanted",
		"tracker = [[\"a\"]]":      "read config config.toml:1: tracker: in the array: an array where a value is wanted",
		"down = \"\xff\"":          "read config config.toml:1: ",
		strings.Repeat("#", 2<<20): "read config config.toml: larger than 1048576 bytes",
	} {
		_, err := Parse("config.toml", []byte(text))
		var fault *FileError
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file, err := Load(filepath.Join(dir, "none.toml"))
	if err != nil || Apply(newSettings(), "get", file, environment()) != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("jobs = 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err = Load(path); err != nil {
		t.Fatal(err)
	}
	s := newSettings()
	if err := Apply(s, "get", file, environment()); err != nil || s.jobs != 7 {
		t.Errorf("jobs %d, %v", s.jobs, err)
	}
	_, err = Load(dir)
	var fault *FileError
	if !errors.As(err, &fault) || fault.Path != dir || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("a folder: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"down = \"1M\"\n[get]\njobs = 3\ntracker = [\"a\"]\n", "get = {jobs = 1}\nseed.x = 1", "[\"a b\"]\nz = 1", "[[get]]\nx = 1",
		"x = 2020-01-01", "\"\" = 1", "a.b.c = 1", "[a]\n[A]\nx = 1", "'toml:\"' = {x = 1}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("config.toml", text)
		if err != nil {
			var fault *FileError
			if !errors.As(err, &fault) {
				t.Fatalf("%v is no *FileError", err)
			}
			return
		}
		for _, e := range file.entries {
			if e.line < 1 || e.line > 1+strings.Count(string(text), "\n") {
				t.Fatalf("%+v has no line of the file", e)
			}
		}
		_ = file.Check(map[string]FlagSet{"get": newSettings()})
		_ = Apply(newSettings(), "get", file, environment())
	})
}
