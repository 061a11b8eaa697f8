package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// maker is a command like create.
type maker struct {
	*pflag.FlagSet
	preset, comment string
	private         bool
	tracker         []string
}

func newMaker(args ...string) *maker {
	m := &maker{FlagSet: pflag.NewFlagSet("create", pflag.ContinueOnError)}
	m.StringVar(&m.preset, "preset", "", "")
	m.StringVar(&m.comment, "comment", "", "")
	m.BoolVar(&m.private, "private", false, "")
	m.StringArrayVar(&m.tracker, "tracker", nil, "")
	if err := m.Parse(args); err != nil {
		panic(err)
	}
	return m
}

const withPresets = `
comment = "top"
[create]
comment = "create"
[preset.club]
private = true
tracker = ["http://a/announce", "http://b/announce"]
comment = "club"
[preset.plain]
`

func TestPresets(t *testing.T) {
	file := parse(t, withPresets)
	if err := file.Check(map[string]FlagSet{"create": newMaker(), "get": newSettings()}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args    []string
		env     Getenv
		comment string
		private bool
	}{
		{nil, nil2env, "create", false},
		{[]string{"--preset", "club"}, nil2env, "club", true},
		{[]string{"--preset", "plain"}, nil2env, "create", false},
		{[]string{"--preset", "club", "--comment", "typed", "--private=false"}, nil2env, "typed", false},
		{[]string{"--preset", "club"}, environment("SHOAL_COMMENT", "env"), "env", true},
		{nil, environment("SHOAL_PRESET", "club"), "club", true},
	}
	for _, test := range tests {
		m := newMaker(test.args...)
		if err := Apply(m, "create", file, test.env); err != nil {
			t.Errorf("%v: %v", test.args, err)
		}
		if m.comment != test.comment || m.private != test.private {
			t.Errorf("%v: got %q, %v", test.args, m.comment, m.private)
		}
	}
	m := newMaker("--preset", "club", "--tracker", "udp://c:1")
	if err := Apply(m, "create", file, nil2env); err != nil || !slices.Equal(m.tracker, []string{"udp://c:1"}) {
		t.Errorf("a typed list replaces the preset's: %v, %v", m.tracker, err)
	}
}

func TestPresetThatIsNotThere(t *testing.T) {
	for _, file := range []*File{nil, parse(t, withPresets)} {
		err := Apply(newMaker("--preset", "clob"), "create", file, nil2env)
		var missing *PresetError
		if !errors.As(err, &missing) || missing.Name != "clob" {
			t.Errorf("got %v", err)
		}
	}
}

func TestCheckPresets(t *testing.T) {
	for text, want := range map[string]string{
		"[preset.a]\nprivat = true":              `config.toml:2: preset a: there is no flag "privat" for it; did you mean "private"?`,
		"\n[preset.a]\n\npreset = 'b'":           `config.toml:4: preset a: there is no flag "preset"`,
		"[preset.a]\ncomment = ['x', 'y']":       "config.toml:2: comment: a list where one value is wanted",
		"[preset]\ncomment = 'x'":                "config.toml:2: comment: the keys of a preset stand in a table [preset.NAME]",
		"[preset.a]\nprivate = true\nport = '1'": `config.toml:3: preset a: there is no flag "port" for it`,
	} {
		err := parse(t, text).Check(map[string]FlagSet{"create": newMaker(), "get": newSettings()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"[preset.'a b']\nprivate = true", "[preset.a.b]\nprivate = true"} {
		if _, err := Parse("config.toml", []byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
