package disk

import (
	"context"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// drive is what would be found after a power cut: what was synced for sure, and of the rest as much as chance has it.
type drive struct {
	t      *testing.T
	r      *rig
	random *rand.Rand
	cutAt  int

	mu     sync.Mutex
	calls  int
	off    bool
	data   map[uint64]version // by inode: content that was synced
	names  map[string]uint64  // durable names, by path
	states [][]byte           // states that were synced, the last durable for sure if sure is true
	sure   int                // how many of states: the last of them is the least that is found
	c      *content
}

type version struct {
	content []byte
	mtime   time.Time
}

func inode(path string) (uint64, os.FileInfo, bool) {
	fi, err := os.Lstat(path)
	if err != nil || fi.IsDir() {
		return 0, nil, false
	}
	return inodeOf(fi), fi, true
}

// before sees every call that changes the disk, and decides when the power goes.
func (d *drive) before(op Op, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls++; d.calls >= d.cutAt {
		d.off = true
	}
	if d.off {
		return errKilled
	}
	switch op {
	case OpSync:
		d.keep(path)
	case OpSyncAll:
		filepath.WalkDir(d.r.dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				d.keep(path)
			}
			if err == nil && e.IsDir() {
				d.keepNames(path)
			}
			return nil
		})
	case OpSyncFolder:
		d.keepNames(path)
		if path == d.r.state {
			d.sure = len(d.states)
		}
	case OpStateSync:
		b, _ := os.ReadFile(path)
		d.states = append(d.states, b)
	}
	return nil
}

func (d *drive) keep(path string) {
	if ino, fi, ok := inode(path); ok {
		b, _ := os.ReadFile(path)
		d.data[ino] = version{b, fi.ModTime()}
	}
}

func (d *drive) keepNames(dir string) {
	for path := range d.names {
		if filepath.Dir(path) == dir {
			delete(d.names, path)
		}
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if ino, _, ok := inode(filepath.Join(dir, e.Name())); ok {
			d.names[filepath.Join(dir, e.Name())] = ino
		}
	}
}

// cut makes the disk what a power cut could have left.
func (d *drive) cut() {
	type found struct {
		path string
		fi   os.FileInfo
	}
	now := make(map[uint64]found)
	filepath.WalkDir(d.r.dir, func(path string, e fs.DirEntry, err error) error {
		if ino, fi, ok := inode(path); err == nil && ok {
			now[ino] = found{path, fi}
		}
		return nil
	})
	durable := make(map[uint64]string)
	for path, ino := range d.names {
		durable[ino] = path
	}
	inos := make([]uint64, 0, len(now))
	for ino := range now {
		inos = append(inos, ino)
	}
	slices.Sort(inos)
	for _, ino := range inos {
		d.rewrite(ino, now[ino].path, now[ino].fi)
		was, is := durable[ino], now[ino].path
		switch {
		case was == is || d.random.IntN(2) == 0: // the new name made it
		case was == "":
			os.Remove(is)
		default:
			os.Rename(is, was)
		}
	}
	d.cutState()
}

// rewrite gives a file page by page its synced or its later content, and one of the two times.
func (d *drive) rewrite(ino uint64, path string, fi os.FileInfo) {
	const page = 4096
	old := d.data[ino]
	content, _ := os.ReadFile(path)
	size := len(content)
	if d.random.IntN(2) == 0 {
		size = len(old.content)
	}
	size = max(size, len(old.content)) // it only grew
	out := make([]byte, size)
	copy(out, old.content)
	for at := 0; at < size; at += page {
		if d.random.IntN(2) == 0 && at < len(content) {
			copy(out[at:min(at+page, size)], content[at:])
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	f.Write(out)
	f.Close()
	mtime := fi.ModTime()
	if d.random.IntN(2) == 0 && !old.mtime.IsZero() {
		mtime = old.mtime
	}
	os.Chtimes(path, mtime, mtime)
}

func (d *drive) cutState() {
	paths, _ := filepath.Glob(filepath.Join(d.r.state, "*"+resumeSuffix))
	for _, path := range paths {
		os.Remove(path)
	}
	pick := d.sure
	if extra := len(d.states) - d.sure; extra > 0 {
		pick += d.random.IntN(extra + 1)
	}
	if pick > 0 {
		s := newStateFiles(d.r.state, d.c.info.InfoHash(), filepath.Join(d.r.dir, "n"))
		put(d.t, s.path(resumeSuffix), d.states[pick-1])
	}
}

// promised is what the last durable state vouches for.
func (d *drive) promised() bitmap {
	if d.sure == 0 {
		return newBitmap(d.c.info.NumPieces())
	}
	st, err := decodeState(d.c.info, filepath.Join(d.r.dir, "n"), d.states[d.sure-1])
	if err != nil {
		d.t.Fatal(err)
	}
	return st.have
}

// After a power cut at any moment nothing is claimed that is not there, and nothing is lost that a checkpoint had
// secured.
func TestPowerCuts(t *testing.T) {
	many := []entry{}
	for i := range 40 {
		many = append(many, entry{"m/" + strings.Repeat("x", i+1), 3000 + i})
	}
	contents := []*content{
		killContent(t),
		makeContent(t, "n", 32<<10, entry{"", 400_000}),
		makeContent(t, "n", 16<<10, many...),
	}
	cuts := 250
	if os.Getenv("SHOAL_LONG") != "" {
		cuts = 5000
	}
	lost, trusted := 0, 0
	for n := range cuts {
		c := contents[n%len(contents)]
		base := fastDir(t)
		d := &drive{t: t, c: c, random: rand.New(rand.NewPCG(uint64(n), 7)),
			data: make(map[uint64]version), names: make(map[string]uint64)}
		d.cutAt = 2 + d.random.IntN(70)
		r := newRigAt(t, base+"/d", base+"/s", PoolOptions{Observer: d.before})
		d.r = r
		checkpoint := func(s *Storage) { s.Checkpoint(context.Background()) }
		s := r.work(t, c, r.options(), checkpoint)
		s.Close(context.Background())
		if n%2 == 0 { // that was a kill, and the power goes in the run after it
			d.mu.Lock()
			d.off = false
			d.cutAt = d.calls + d.random.IntN(50)
			d.mu.Unlock()
			s := r.work(t, c, r.options(), checkpoint)
			s.Close(context.Background())
		}
		d.mu.Lock()
		d.off = true
		d.cut()
		promised := d.promised()
		d.cutAt = math.MaxInt
		d.off = false
		d.mu.Unlock()

		r.finalsRight(c)
		s, have, hashed := r.hashed(c, r.options())
		for p := range c.info.NumPieces() {
			if promised.has(p) && !have.has(p) {
				t.Errorf("cut %d: piece %d was secured by a checkpoint, and is lost", n, p)
			}
		}
		if count(have) > hashed {
			trusted++
		}
		lost += c.info.NumPieces() - count(have)
		r.haveRight(s, c, have)
		r.fetch(s, c, have)
		r.settle(s)
		for i := range c.info.Files {
			r.wantFile(s, c, i)
		}
		r.close(s)
		os.RemoveAll(base)
		if t.Failed() {
			t.Fatalf("cut %d, before call %d", n, d.calls)
		}
	}
	t.Logf("%d power cuts: 0 files wrong under their final names, 0 pieces lost that a checkpoint had secured; %d states believed, %d unsecured pieces lost",
		cuts, trusted, lost)
	if trusted == 0 || lost == 0 {
		t.Errorf("nothing was put to the test: %d states believed, %d pieces lost", trusted, lost)
	}
}
