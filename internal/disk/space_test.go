package disk

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// small makes the file systems of a rig seem small; what is there already counts as used.
func (r *rig) small(free, files int64) {
	r.pool.roomAt = func(string) (room, error) { return room{free: free, files: files, unit: 4096}, nil }
}

// wantShort opens and checks, wants a refusal for want of space, and nothing left behind.
func (r *rig) wantShort(c *content, o Options, want SpaceError) {
	r.t.Helper()
	before := tree(r.t, r.dir)
	e := r.openErr(c, o, Full)
	var got *SpaceError
	if !errors.As(e, &got) || *got != want {
		r.t.Errorf("got %+v, want %+v", got, want)
	}
	if after := tree(r.t, r.dir); len(after) != len(before) {
		r.t.Errorf("there is %v", after)
	}
}

func TestPreflight(t *testing.T) {
	const piece = 64 << 10
	c := makeContent(t, "n", piece, entry{"a", 20 * piece}, entry{"b", 1}, entry{"c", 4 * piece}, entry{"e", 0})
	all := int64(24*piece + 4096) // whole blocks
	t.Run("fits", func(t *testing.T) {
		r := newRig(t)
		r.small(all, 4)
		s, have := r.open(c, r.options())
		r.fetch(s, c, have)
		r.settle(s)
	})
	t.Run("does not fit", func(t *testing.T) {
		r := newRig(t)
		r.small(all-1, 4)
		r.wantShort(c, r.options(), SpaceError{Need: all, Free: all - 1})
	})
	t.Run("not with what is to be kept", func(t *testing.T) {
		r := newRig(t)
		r.small(all+99, 4)
		o := r.options()
		o.MinFree = 100
		r.wantShort(c, o, SpaceError{Need: all, Free: all + 99, Keep: 100})
		o.MinFree = 99
		r.open(c, o)
	})
	t.Run("not so many files", func(t *testing.T) {
		r := newRig(t)
		r.small(1<<40, 3)
		r.wantShort(c, r.options(), SpaceError{NeedFiles: 4, FreeFiles: 3, Free: 1 << 40})
	})
	t.Run("nobody knows", func(t *testing.T) {
		r := newRig(t)
		r.small(unknown, unknown)
		r.open(c, r.options())
	})
	t.Run("of the selected files only", func(t *testing.T) {
		r := newRig(t)
		r.small(piece*4, 2)
		o := r.options()
		o.Select = []bool{false, false, true, true}
		r.open(c, o)
	})
	t.Run("what is there needs no more", func(t *testing.T) {
		r := newRig(t)
		s, have := r.open(c, r.options())
		r.fetchSome(s, c, have, func(p int) bool { return p < 10 })
		r.close(s)
		r.small(all-10*piece, 3)
		s, _ = r.open(c, r.options())
		r.close(s)
		r.small(all-10*piece-8192, 3) // a file system may take a page more for a file with holes
		r.openErr(c, r.options(), Full)
	})
	t.Run("complete but for a byte", func(t *testing.T) {
		r := newRig(t)
		put(t, r.dir+"/n/a.part", c.file(0))
		put(t, r.dir+"/n/c", c.file(2))
		r.small(4096, 2)
		r.open(c, r.options())
	})
	t.Run("what is replaced stays until then", func(t *testing.T) {
		r := newRig(t)
		wrong := append([]byte{}, c.file(0)...)
		wrong[3*piece] ^= 1
		put(t, r.dir+"/n/a", wrong)
		put(t, r.dir+"/n/b", c.file(1))
		put(t, r.dir+"/n/c", c.file(2))
		put(t, r.dir+"/n/e", nil)
		o := r.options()
		o.Overwrite = true
		r.small(20*piece-1, 100)
		r.wantShort(c, o, SpaceError{Need: 20 * piece, Free: 20*piece - 1})
		r.small(20*piece, 100)
		r.open(c, o)
	})
	t.Run("read-only", func(t *testing.T) {
		r := newRig(t)
		put(t, r.dir+"/n/a", c.file(0))
		r.small(0, 0)
		r.open(c, Options{Dir: r.dir, ReadOnly: true})
	})
	t.Run("nothing to fetch", func(t *testing.T) {
		r := newRig(t)
		s, have := r.open(c, r.options())
		r.fetch(s, c, have)
		r.settle(s)
		r.close(s)
		r.small(0, 0)
		o := r.options()
		o.MinFree = 1 << 50
		s, _ = r.open(c, o)
		if !s.Complete() {
			t.Error("not complete")
		}
	})
}

// Downloads of one process share what is free.
func TestPreflightOfSeveral(t *testing.T) {
	a := makeContent(t, "a", 64<<10, entry{"", 1 << 20})
	b := makeContent(t, "b", 64<<10, entry{"", 1 << 20})
	r := newRig(t)
	r.small(3<<20/2, unknown)
	first, have := r.open(a, r.options())
	r.wantShort(b, r.options(), SpaceError{Need: 1 << 20, Free: 3 << 20 / 2, Others: 1 << 20})
	r.fetchSome(first, a, have, func(p int) bool { return p < 8 })
	r.small(1<<20, unknown) // as the system would now say
	r.wantShort(b, r.options(), SpaceError{Need: 1 << 20, Free: 1 << 20, Others: 1 << 19})
	r.close(first)
	s, have := r.open(b, r.options())
	r.fetch(s, b, have)
	r.settle(s)
}

// Nothing is written that would leave less than is to be kept; a piece that does not fit is refused, and the work can go on
// when there is room again.
func TestMinFreeWhileWriting(t *testing.T) {
	c := makeContent(t, "n", 64<<10, entry{"a", 300_000}, entry{"b", 300_000})
	r := newRig(t)
	var mu sync.Mutex
	size, used := int64(200_000+100), int64(0)
	r.pool.free = func(diskFile) (int64, error) {
		mu.Lock()
		defer mu.Unlock()
		return size - used, nil
	}
	o := r.options()
	o.MinFree = 100
	s, have := r.open(c, o)
	refused := 0
	for p := range c.info.NumPieces() {
		x := r.write(s, p, c.piece(p))
		var e *Error
		var short *SpaceError
		switch {
		case x.Err == nil:
			used += c.info.PieceSize(p)
			have.set(p)
		case !errors.As(x.Err, &e) || e.Kind != Full || !errors.As(x.Err, &short) || short.Keep != 100 || short.Need == 0:
			t.Errorf("piece %d: %v", p, x.Err)
		default:
			refused++
		}
	}
	if used > 200_000 || used < 200_000-64<<10 || refused != c.info.NumPieces()-count(have) {
		t.Errorf("%d bytes written, %d refused", used, refused)
	}
	mu.Lock()
	size += 1 << 30
	mu.Unlock()
	if err := s.Retry(); err != nil {
		t.Error(err)
	}
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 0)
}

// What lies on disk already may be written again, however little is free.
func TestMinFreeInPlace(t *testing.T) {
	c := makeContent(t, "n", 64<<10, entry{"", 512 << 10})
	r := newRig(t)
	damaged := append([]byte{}, c.data...)
	damaged[100_000] ^= 1
	put(t, r.dir+"/n.part", damaged)
	r.pool.free = func(diskFile) (int64, error) { return 50, nil }
	o := r.options()
	o.MinFree = 100
	s, have := r.open(c, o)
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 0)
}

// A full disk says what is wanted and what there is, whoever finds it.
func TestFullIsExplained(t *testing.T) {
	c := makeContent(t, "n", 64<<10, entry{"d/a", 300_000}, entry{"b", 300_000})
	for op, want := range map[Op]string{
		OpMakeFolder: "needs 592.0 KiB, 5.0 KiB free", OpCreate: "needs 592.0 KiB, 5.0 KiB free",
		OpWrite: "needs 592.0 KiB, 5.0 KiB free", OpStateWrite: "no space left on device: 5.0 KiB free",
	} {
		r := newRig(t)
		r.small(1<<30, unknown)
		full := false
		r.pool.observe = func(o Op, _ string) error {
			if full && o == op {
				return syscall.ENOSPC
			}
			return nil
		}
		s, _ := r.open(c, r.options())
		r.small(5<<10, unknown)
		full = true
		err := r.write(s, 0, c.piece(0)).Err
		if op == OpStateWrite {
			err = s.Checkpoint(context.Background())
		}
		var e *Error
		if !errors.As(err, &e) || e.Kind != Full || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), want) {
			t.Errorf("op %d: %v", op, err)
		}
	}
}

func TestRoomAt(t *testing.T) {
	dir := t.TempDir()
	here, err := roomAt(dir)
	if err != nil || here.free <= 0 {
		t.Fatal(here, err)
	}
	below, err := roomAt(dir + "/not/there/yet")
	if err != nil || below.free <= 0 {
		t.Fatal(below, err)
	}
	if _, err := os.Stat(dir + "/not"); err == nil {
		t.Error("it was made")
	}
}

func TestSpaceErrorText(t *testing.T) {
	tests := map[string]SpaceError{
		"needs 12.0 GiB, 3.0 GiB free": {Need: 12 << 30, Free: 3 << 30},
		"needs 1.5 KiB, 0 B free (of that 1.0 MiB to be kept, 2.0 KiB for other downloads)": {Need: 1536, Keep: 1 << 20, Others: 2048},
		"needs 1000 more files, 3 can be made":                                              {NeedFiles: 1000, FreeFiles: 3, Free: 1 << 30},
		"no space left on device: 17 B free":                                                {Free: 17, Err: syscall.ENOSPC},
		"needs 1.0 MiB, 1.0 TiB free":                                                       {Need: 1<<20 - 1, Free: 1 << 40},
	}
	for want, e := range tests {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
