package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/sourcelist"
)

func TestOrderOptions(t *testing.T) {
	flags := &getOptions{policy: seedPolicy{ratio: 1}}
	flags.selection, _ = parseSelection([]string{"*.txt"})
	for _, c := range []struct {
		options []sourcelist.Option
		stays   bool
		check   func(order) bool
	}{
		{nil, true, func(d order) bool { return d.selection[0].spec == "*.txt" && d.policy.ratio == 1 }},
		{[]sourcelist.Option{{Name: "select-file", Value: "1, 3-5"}}, true, func(d order) bool {
			return len(d.selection) == 1 && slices.Equal(d.selection[0].indexes, []indexRange{{1, 1}, {3, 5}})
		}},
		{[]sourcelist.Option{{Name: "select", Value: "a"}, {Name: "select", Value: "re:b"}}, true, func(d order) bool {
			return len(d.selection) == 2 && d.selection[1].spec == "re:b"
		}},
		{[]sourcelist.Option{{Name: "dir", Value: "x/y"}, {Name: "out", Value: "z/name"}}, true, func(d order) bool {
			return d.dir == "x/y" && d.name == filepath.FromSlash("z/name")
		}},
		{[]sourcelist.Option{{Name: "seed-ratio", Value: "2.5"}, {Name: "seed-until", Value: "peers==0"}}, true, func(d order) bool {
			return d.policy.ratio == 2.5 && d.policy.until.String() == "peers==0"
		}},
		{[]sourcelist.Option{{Name: "seed-time", Value: "2h"}}, true, func(d order) bool {
			return d.policy.time == config.Duration(2*time.Hour)
		}},
		{[]sourcelist.Option{{Name: "seed-time", Value: "0"}, {Name: "seed-ratio", Value: "3"}}, false, func(order) bool { return true }},
	} {
		d := (&orderer{o: flags}).plain(source{text: "x"})
		for _, o := range c.options {
			if known, err := d.apply(o); !known || err != nil {
				t.Errorf("%v: %v, %v", o, known, err)
			}
		}
		if d.stays() != c.stays || !c.check(d) {
			t.Errorf("%v: %+v", c.options, d)
		}
	}
	if len(flags.selection) != 1 {
		t.Error("the flags were changed")
	}
	if known, _ := new(order).apply(sourcelist.Option{Name: "split", Value: "5"}); known {
		t.Error("split is known")
	}
}

func TestOrderOptionsRefused(t *testing.T) {
	for _, o := range []sourcelist.Option{
		{Name: "dir"}, {Name: "out"}, {Name: "out", Value: "."}, {Name: "out", Value: "../x"}, {Name: "out", Value: "/x"},
		{Name: "out", Value: "x/"}, {Name: "select-file", Value: "*.txt"}, {Name: "select-file", Value: "0"}, {Name: "select", Value: "re:("},
		{Name: "seed-ratio", Value: "-1"}, {Name: "seed-ratio", Value: "NaN"}, {Name: "seed-ratio", Value: "much"},
		{Name: "seed-time", Value: "-1s"}, {Name: "seed-until", Value: "ratio"},
	} {
		if known, err := new(order).apply(o); !known || err == nil {
			t.Errorf("%+v: %v, %v", o, known, err)
		}
	}
}

func TestExpandGlob(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.torrent", "a.torrent", "[c].torrent", "d.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for arg, want := range map[string][]string{
		"a.torrent":                 {"a.torrent"},
		"*.torrent":                 {"[c].torrent", "a.torrent", "b.torrent"},
		"?.t*t":                     {"a.torrent", "b.torrent", "d.txt"},
		"[ab].torrent":              {"a.torrent", "b.torrent"},
		"[c].torrent":               {"[c].torrent"}, // there is one of that name
		"*.iso":                     {"*.iso"},
		"http://x/?a=[1]*":          {"http://x/?a=[1]*"},
		"magnet:?xt=*":              {"magnet:?xt=*"},
		filepath.Join(dir, "*.tx?"): {filepath.Join(dir, "d.txt")},
	} {
		if got, err := expandGlob(Env{Dir: dir}, arg); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", arg, got, err, want)
		}
	}
	if _, err := expandGlob(Env{Dir: dir}, "[.torrent"); exitCode(err) != exitUsage {
		t.Error(err)
	}
}
