package disk

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// writeAll hands in every piece, and gives the first error.
func (r *rig) writeAll(s *Storage, c *content) (first error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for p := range c.info.NumPieces() {
		all.Add(1)
		s.Write(p, r.blocks(c.piece(p)), func(x Result) {
			mu.Lock()
			first = cmp.Or(first, x.Err)
			mu.Unlock()
			all.Done()
		})
	}
	all.Wait()
	return first
}

// Where something else comes to lie under the temporary name, or the folder goes, while a download is under way, the work ends with
// Changed, or as what is in the way, and what came to lie there never gets the final name.
func TestReplacedUnderneath(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"d/a", 160_000}, entry{"b", 160_000})
	away := func(path string) {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]func(path string){
		"removed":    func(path string) { os.Remove(path) },
		"moved away": away,
		"a folder":   func(path string) { away(path); os.Mkdir(path, 0o777) },
		"a link": func(path string) {
			away(path)
			os.Symlink(filepath.Base(path)+".away", path)
		},
		"another file": func(path string) { away(path); put(t, path, make([]byte, 160_000)) },
		"an empty one": func(path string) { away(path); put(t, path, nil) },
		"folder removed": func(path string) {
			if err := os.RemoveAll(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		},
		"folder moved and made anew": func(path string) {
			dir := filepath.Dir(path)
			away(dir)
			put(t, path, make([]byte, 160_000))
		},
		"folder now a file": func(path string) { away(filepath.Dir(path)); put(t, filepath.Dir(path), []byte("mine")) },
	}
	for name, f := range tests {
		for _, closed := range []bool{false, true} {
			for _, last := range []bool{false, true} { // all pieces but those of the other file are there
				r := newRig(t)
				failed := make(chan error, 1)
				o := r.options()
				o.OnError = func(err error) { failed <- err }
				s, have := r.open(c, o)
				r.fetchSome(s, c, have, func(p int) bool { return p < 9 && (last || even(p)) })
				if closed {
					x := &s.files[0]
					r.pool.handles.hold(x)
					r.pool.handles.unhold(x)
				}
				f(filepath.Join(r.dir, "n", "d", "a.part"))
				said := r.writeAll(s, c)
				r.settleNamed(s)
				if err := s.Checkpoint(context.Background()); said == nil {
					said = err
				}
				select {
				case err := <-failed:
					said = err
				default:
				}
				var e *Error
				if !errors.As(said, &e) || e.Kind != Changed && e.Kind != InTheWay {
					t.Errorf("%s, closed %v, last %v: %v", name, closed, last, said)
				}
				if s.Complete() {
					t.Errorf("%s, closed %v, last %v: complete", name, closed, last)
				}
				r.finalsRight(c)
				s.Close(context.Background())
				r.finalsRight(c)
			}
		}
	}
}
