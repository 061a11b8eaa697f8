package metainfo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestStoreLinks(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "content", "sub/b": noise(1, 20_000)})
	link(t, "a", filepath.Join(root, "to a"))
	link(t, "../a", filepath.Join(root, "sub", "up"))
	link(t, "../sub/./b", filepath.Join(root, "sub", "round"))
	link(t, "sub", filepath.Join(root, "folder"))
	link(t, "nowhere", filepath.Join(root, "dangling"))
	link(t, "..", filepath.Join(root, "sub", "skipped"))
	want := map[string]string{"to a": "a", "sub/up": "a", "sub/round": "sub/b", "folder": "sub", "dangling": "nowhere"}
	for _, format := range []Format{V1, V2, Hybrid} {
		m := create(t, Options{Path: root, Format: format, StoreLinks: true, Exclude: []string{"skipped"}})
		got := map[string]string{}
		for _, f := range m.Info.Files {
			if f.Attr&AttrSymlink != 0 {
				got[joined(f.Path)] = joined(f.Target)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v: got %v, want %v", format, got, want)
		}
		if r := verify(t, m, root); !r.Complete() || len(r.Files) != 2 || !slices.Equal(r.Extra, []string{"sub/skipped"}) {
			t.Errorf("%v: %s, extra %v", format, outline(m.Info, r), r.Extra)
		}
	}
}

// Links that lead out of the folder are never stored.
func TestStoreLinksRefuses(t *testing.T) {
	for _, to := range []string{"/etc/passwd", "..", "../other", ".", "sub/../..", "\xff"} {
		root := writeTree(t, map[string]string{"a": "1"})
		link(t, to, filepath.Join(root, "bad"))
		if _, err := Create(context.Background(), Options{Path: root, StoreLinks: true}); err == nil {
			t.Errorf("%q was stored", to)
		}
		if m := create(t, Options{Path: root, StoreLinks: true, Exclude: []string{"bad"}}); len(m.Info.Files) != 1 {
			t.Errorf("%q: %v", to, paths(m.Info))
		}
	}
}

// What a torrent says of a link's target is kept only if it is a path below the torrent's folder.
func TestLinkTargets(t *testing.T) {
	for list, want := range map[string]string{
		"l1:ae":           "a",
		"l1:a1:be":        "a/b",
		"l2:..1:ae":       "",
		"l0:e":            "",
		"l3:a/be":         "",
		"le":              "",
		"1:a":             "",
		"l1:.e":           "",
		"li1ee":           "",
		"l1:a5:\x00oopse": "",
	} {
		v1 := "d5:filesld4:attr1:l6:lengthi0e4:pathl1:xe12:symlink path" + list + "ee4:name1:n12:piece lengthi16384e6:pieces0:e"
		v2 := "d9:file treed1:xd0:d4:attr1:l12:symlink path" + list + "eee12:meta versioni2e4:name1:n12:piece lengthi16384ee"
		for _, raw := range []string{v1, v2} {
			i, err := ParseInfo([]byte(raw))
			if err != nil {
				t.Errorf("%q: %v", raw, err)
				continue
			}
			if f := i.Files[0]; f.Attr != AttrSymlink || joined(f.Target) != want {
				t.Errorf("%q: target %q, want %q", raw, f.Target, want)
			}
		}
	}
}

// A file that shrinks, grows or appears to be empty is not taken for what it was.
func TestEmptyFilesChange(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1", "empty": ""})
	_, err := Create(context.Background(), Options{Path: root, Inspect: func(*Metainfo) error {
		return os.WriteFile(filepath.Join(root, "empty"), []byte("no more"), 0o644)
	}})
	if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), "empty") {
		t.Errorf("got %v", err)
	}
	_, err = Create(context.Background(), Options{Path: root, Inspect: func(*Metainfo) error {
		return os.WriteFile(filepath.Join(root, "a"), nil, 0o644)
	}})
	if !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
}
