package disk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// mutation is a way in which a state file may be wrong.
type mutation struct {
	name string
	b    []byte
}

// mutations are 300 wrong states, made of a good one: damaged, cut, mixed up, of other formats and of other torrents. Those that
// carry a right checksum are wrong in what they say of files; none claims pieces besides.
func mutations(t testing.TB, c *content, target string, good []byte) []mutation {
	random := rand.New(rand.NewPCG(3, 5))
	var all []mutation
	add := func(name string, b []byte) { all = append(all, mutation{fmt.Sprintf("%s %d", name, len(all)), b}) }
	body := good[:len(good)-32]
	header := len(stateHeader(c.info, target))
	tail := header + 2 + 8*len(newBitmap(c.info.NumPieces())) // where the records begin: both totals take a byte
	for range 80 {
		b := bytes.Clone(good)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		add("a bit flipped", b)
	}
	for i := range 40 {
		add("cut", good[:i*len(good)/40])
	}
	for range 30 {
		b := bytes.Clone(good)
		at := random.IntN(len(b))
		clear(b[at:min(len(b), at+1+random.IntN(64))])
		if bytes.Equal(b, good) {
			b[at] = 1
		}
		add("a stretch of zeros", b)
	}
	for range 30 {
		at := random.IntN(len(good))
		add("bytes put in", slices.Concat(good[:at], make([]byte, 1+random.IntN(20)), good[at:]))
	}
	for range 20 {
		b := make([]byte, random.IntN(4096))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		add("noise", b)
	}
	for version := range byte(20) {
		b := bytes.Clone(body)
		b[7] = version + 2 // the one there is is 1
		add("another format", signState(b))
	}
	for i := range 20 {
		other := makeContentOf(t, "n", 16<<10, make([]byte, 300_003), entry{"a", 100_000 + i}, entry{"b", 3}, entry{"empty", 0}, entry{"c/d", 200_000 - i})
		add("of another torrent", encodeState(other.info, target, &state{have: newBitmap(other.info.NumPieces())}))
	}
	for i := range 20 {
		add("of another place", encodeState(c.info, fmt.Sprint("/elsewhere", i), &state{have: newBitmap(c.info.NumPieces())}))
	}
	for range 20 {
		b := bytes.Clone(body)
		for range 1 + random.IntN(4) {
			b[tail+random.IntN(len(b)-tail)] = byte(random.Uint32())
		}
		add("files made up", signState(b))
	}
	for i := range 20 {
		b := binary.AppendUvarint(bytes.Clone(body[:tail]), 1<<(3*i)) // so many records, of which none follows
		add("more promised than there is", signState(b))
	}
	return all
}

// Whatever a state file holds, what is on disk is found by looking, and the download completes.
func TestWrongStates(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	path := s.state.path(resumeSuffix)
	r.close(s)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := mutations(t, c, s.target(), good)
	recovered := 0
	for n, x := range all {
		put(t, path, x.b)
		s, have := r.open(c, r.options())
		r.haveRight(s, c, have)
		for p := range c.info.NumPieces() {
			if even(p) && !have.has(p) {
				t.Errorf("%s: piece %d was not found", x.name, p)
			}
		}
		if n%10 != 0 {
			r.abandon(s)
		} else { // to its end, which has to be right; then back to where it was
			kept := snapshot(t, r.dir)
			r.fetch(s, c, have)
			r.settle(s)
			r.finalsRight(c)
			r.close(s)
			os.RemoveAll(r.dir)
			for path, b := range kept {
				put(t, path, []byte(b))
			}
		}
		if t.Failed() {
			t.Fatalf("%s: %x", x.name, x.b)
		}
		recovered++
	}
	t.Logf("%d of %d wrong states: recovered by checking", recovered, len(all))
	if len(all) != 300 {
		t.Errorf("there are %d", len(all))
	}
}

// Where the state's name is taken by what is no file, the work goes on without it as far as it can, and says so.
func TestStateInTheWay(t *testing.T) {
	c := resumeContent(t)
	for name, f := range map[string]func(path string){
		"a folder":        func(path string) { os.MkdirAll(path+"/x", 0o777) },
		"a pipe":          func(path string) { makePipe(t, path) },
		"a link":          func(path string) { os.Symlink("nowhere", path) },
		"a link to much":  func(path string) { os.Symlink("/dev/zero", path) },
		"larger than any": func(path string) { put(t, path, nil); os.Truncate(path, 1<<40) },
	} {
		r := newRig(t)
		s, have := r.open(c, r.options())
		r.fetchSome(s, c, have, even)
		path := s.state.path(resumeSuffix)
		r.close(s)
		os.Remove(path)
		os.MkdirAll(filepath.Dir(path), 0o700)
		f(path)
		s, have = r.open(c, r.options())
		if count(have) != (c.info.NumPieces()+1)/2 {
			t.Errorf("%s: have %d", name, count(have))
		}
		r.fetch(s, c, have)
		r.settle(s)
		r.finalsRight(c)
		err := s.Close(t.Context())
		if fi, statErr := os.Lstat(path); err == nil && (statErr != nil || !fi.Mode().IsRegular()) {
			t.Errorf("%s: no state, and nothing said: %v", name, statErr)
		}
	}
}
