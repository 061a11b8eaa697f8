package disk

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestLinksAreMadeAtTheEnd(t *testing.T) {
	src := t.TempDir()
	root := filepath.Join(src, "top")
	if err := os.MkdirAll(filepath.Join(root, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "sub", "data"), []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("sub", "data"), filepath.Join(root, "link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: root, StoreLinks: true})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPool(PoolOptions{Memory: NewMemory(0)})
	defer p.Close()
	dst := t.TempDir()
	named := make(chan int, 4)
	s, err := p.Open(context.Background(), m.Info, Options{Dir: dst, OnFile: func(i int) { named <- i }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Check(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	blocks := make([]*Block, 1)
	p.Memory().Blocks(blocks)
	copy(blocks[0][:], "content")
	s.Write(0, blocks, func(r Result) {
		if !r.Good || r.Err != nil {
			t.Errorf("%+v", r)
		}
	})
	<-named
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dst, "top", "link")); err != nil || string(b) != "content" {
		t.Fatalf("%q, %v", b, err)
	}
}
