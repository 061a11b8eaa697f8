package metainfo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestIrregularFiles meets a pipe, which nobody may try to read.
func TestIrregularFiles(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1", "pipe": "2"})
	m := create(t, Options{Path: root})
	pipe := filepath.Join(root, "pipe")
	if err := errors.Join(os.Remove(pipe), syscall.Mkfifo(pipe, 0o644)); err != nil {
		t.Skip("no pipes here:", err)
	}
	for _, path := range []string{root, pipe} {
		if _, err := Create(context.Background(), Options{Path: path}); err == nil || !strings.Contains(err.Error(), "neither") {
			t.Errorf("create: got %v", err)
		}
	}
	if got := paths(create(t, Options{Path: root, Exclude: []string{"pipe"}}).Info); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	want := "a: unverified unverified [{0 1}]; pipe: unreadable damaged [{0 1}]"
	if got := outline(m.Info, verify(t, m, root)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestNamesNotUTF8(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1"})
	if err := os.WriteFile(filepath.Join(root, "\xff"), nil, 0o644); err != nil {
		t.Skip("the file system wants UTF-8:", err)
	}
	if _, err := Create(context.Background(), Options{Path: root}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("got %v", err)
	}
}
