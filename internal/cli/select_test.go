package cli

import (
	"slices"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestSelection(t *testing.T) {
	info := &metainfo.Info{Name: "show", Files: []metainfo.File{
		{Path: []string{"read me.txt"}},
		{Path: []string{".pad", "10"}, Pad: true},
		{Path: []string{"s1", "e1.mkv"}},
		{Path: []string{"s1", "e2.mkv"}},
		{Path: []string{"s1", "subs", "e1.srt"}},
		{Path: []string{"s2", "e[1].mkv"}},
	}}
	for _, c := range []struct {
		specs []string
		want  []int // indexes into Files
	}{
		{[]string{"1"}, []int{0}},
		{[]string{"2"}, []int{2}}, // padding has no number
		{[]string{"1,3-4"}, []int{0, 3, 4}},
		{[]string{"4-"}, []int{4, 5}},
		{[]string{"*.mkv"}, []int{2, 3, 5}},
		{[]string{"s1"}, []int{2, 3, 4}},
		{[]string{"s1/"}, []int{2, 3, 4}},
		{[]string{"s1/*"}, []int{2, 3, 4}},
		{[]string{"s1/*.mkv"}, []int{2, 3}},
		{[]string{"**/e1.*"}, []int{2, 4}},
		{[]string{"s?/e[12].mkv"}, []int{2, 3}},
		{[]string{`s2/e\[1\].mkv`}, []int{5}},
		{[]string{"re:^s[12]/e"}, []int{2, 3, 5}},
		{[]string{"read me.txt", "6-", "re:srt$"}, nil},
		{[]string{"read me.txt", "5", "re:srt$"}, []int{0, 4, 5}},
		{[]string{"7"}, nil},
		{[]string{"*.iso"}, nil},
	} {
		sel, err := parseSelection(c.specs)
		if err != nil {
			t.Errorf("%q: %v", c.specs, err)
			continue
		}
		picked, err := sel.pick(info)
		if (err != nil) != (c.want == nil) {
			t.Errorf("%q: error %v", c.specs, err)
			continue
		}
		if err != nil && exitCode(err) != exitUsage {
			t.Errorf("%q: exit code %d", c.specs, exitCode(err))
		}
		var got []int
		for i, yes := range picked {
			if yes {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q picks %v, want %v", c.specs, got, c.want)
		}
	}
}

func TestSelectionRefused(t *testing.T) {
	for _, spec := range []string{"", "0", "0-3", "3-1", "re:(", "[", "a[b", "99999999999999999999"} {
		if _, err := parseSelection([]string{spec}); exitCode(err) != exitUsage {
			t.Errorf("%q: error %v", spec, err)
		}
	}
}

func TestSelectionOfMagnet(t *testing.T) {
	info := &metainfo.Info{Files: make([]metainfo.File, 4)}
	got, err := pickRanges(info, []metainfo.Range{{First: 0, Last: 0}, {First: 2, Last: 9}})
	if want := []bool{true, false, true, true}; err != nil || !slices.Equal(got, want) {
		t.Errorf("picked %v, %v, want %v", got, err, want)
	}
	if _, err := pickRanges(info, []metainfo.Range{{First: 4, Last: 1 << 62}}); err == nil {
		t.Error("a range behind the last file picks something")
	}
}
