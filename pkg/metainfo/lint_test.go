package metainfo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLint(t *testing.T) {
	tracker := [][]string{{"http://t.example/announce"}}
	tests := []struct {
		name    string
		files   map[string]string
		options Options
		want    []string
	}{
		{"nothing odd", map[string]string{"a/b c": "1", "ü": "2", "a/c": "3"}, Options{Private: true, Trackers: tracker}, nil},
		{"private", map[string]string{"a": "1"}, Options{Private: true}, []string{LintPrivateTrackerless}},
		{"uneven", map[string]string{"a": "1"}, Options{PieceLength: 48 << 10}, []string{LintUnevenPieces}},
		{"large", map[string]string{"a": "1"}, Options{PieceLength: 64 << 20}, []string{LintLargePieces}},
		{"large and fine", map[string]string{"a": "1"}, Options{PieceLength: 32 << 20}, nil},
		{"names", map[string]string{"a:b/c?": "1", "a:b/d": "2", "nul.txt": "3"}, Options{}, []string{LintUnportableName}},
		{"control", map[string]string{"a\x7f": "1"}, Options{}, []string{LintUnportableName}},
		{"space", map[string]string{" a": "1"}, Options{}, []string{LintUnportableName}},
		{"case", map[string]string{"a/x": "1", "A/x": "2"}, Options{}, []string{LintClashingNames}},
		{"long", map[string]string{strings.Repeat("x", 200) + "/" + strings.Repeat("y", 50): "1"}, Options{}, []string{LintLongPath}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := test.options
			o.Path = writeTree(t, test.files)
			var early []Lint
			o.Inspect = func(m *Metainfo) error {
				early = m.Lint()
				return nil
			}
			found := create(t, o).Lint()
			if !slices.Equal(early, found) {
				t.Errorf("before hashing %v, then %v", early, found)
			}
			var got []string
			for _, l := range found {
				got = append(got, l.Name)
				if l.Message == "" || !slices.Contains(Lints(), l.Name) {
					t.Errorf("finding %+v", l)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", found, test.want)
			}
		})
	}
}

func TestLintSmallPieces(t *testing.T) {
	m, err := Parse(manyPieces(V1, lintPieces+1))
	if err != nil {
		t.Fatal(err)
	}
	if found := m.Lint(); len(found) != 1 || found[0].Name != LintSmallPieces || !found[0].Grave {
		t.Errorf("got %v", found)
	}
}

func TestInspectEndsCreate(t *testing.T) {
	stop := errors.New("stop")
	root := writeTree(t, map[string]string{"a": "1"})
	hashed := false
	_, err := Create(context.Background(), Options{
		Path: root, Inspect: func(*Metainfo) error { return stop }, Progress: func(int64, int64) { hashed = true },
	})
	if !errors.Is(err, stop) || hashed {
		t.Errorf("got %v, hashed %v", err, hashed)
	}
}
