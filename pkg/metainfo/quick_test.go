package metainfo

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestVerifyQuick(t *testing.T) {
	root := writeTree(t, map[string]string{"good": noise(1, 20_000), "long": "12345", "gone": "1", "new": "123", "empty": "", "flip": "abc"})
	m := create(t, Options{Path: root})
	made := time.Now().Truncate(time.Second)
	for name, content := range map[string]string{"long": "123456", "new": "321", "flip": "cba", "extra": ""} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	for name, modified := range map[string]time.Time{
		"good": made.Add(999 * time.Millisecond), "flip": made.Add(-time.Hour), "new": made.Add(time.Second), "empty": made.Add(time.Hour),
	} {
		if err := os.Chtimes(filepath.Join(root, name), modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Verify(context.Background(), m.Info, root, VerifyOptions{Quick: true, Newest: made})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Status{}
	for _, f := range r.Files {
		got[joined(m.Info.Files[f.File].Path)] = f.Status
	}
	for name, want := range map[string]Status{
		"good": Complete, "long": WrongSize, "gone": Missing, "new": Unverified, "empty": Complete, "flip": Complete,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if len(r.Extra) != 1 || r.GoodPieces != 0 || r.GoodBytes != 20_003 {
		t.Errorf("got %+v", r)
	}
	r, err = Verify(context.Background(), m.Info, root, VerifyOptions{Quick: true})
	if err != nil || r.GoodBytes != 20_006 {
		t.Errorf("without a time: %+v, %v", r, err)
	}
}
