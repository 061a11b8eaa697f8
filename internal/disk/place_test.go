//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// placed is a way in which two downloads may share a place.
var placed = []struct {
	name           string
	first, second  string // below one folder: where the two contents lie; one with a slash at the end is a folder of files
	begun          bool   // the first has something on disk
	link           string // made to lead to the folder first, for second to go through
	free, readOnly bool   // second is not refused
}{
	{name: "a file, begun", first: "n", second: "n", begun: true},
	{name: "a file, just opened", first: "n", second: "n"},
	{name: "a folder, begun", first: "n/", second: "n/", begun: true},
	{name: "a folder, just opened", first: "n/", second: "n/"},
	{name: "a folder in a folder, begun", first: "n/", second: "n/in/m/", begun: true},
	{name: "a folder in a folder", first: "n/", second: "n/m/"},
	{name: "a file in a folder", first: "n/", second: "n/deep/down/m"},
	{name: "a folder around a file", first: "n/in/m", second: "n/"},
	{name: "a folder around a folder", first: "x/n/in/m/", second: "x/n/", begun: true},
	{name: "a folder far around a folder", first: "n/1/2/3/4/m/", second: "n/"},
	{name: "a file by another way", first: "real/n", second: "way/n", link: "way", begun: true},
	{name: "a folder by another way", first: "real/n/", second: "way/n/", link: "way"},
	{name: "side by side", first: "n", second: "m", begun: true, free: true},
	{name: "folders side by side", first: "n/", second: "m/", free: true},
	{name: "beside a folder", first: "x/n/", second: "x/m", free: true, begun: true},
	{name: "one name begins with the other", first: "n/", second: "nn/", free: true},
	{name: "in the folder above", first: "x/n/", second: "n/", free: true},
	{name: "to be read only", first: "n", second: "n", begun: true, readOnly: true, free: true},
	{name: "a folder to be read only", first: "n/", second: "n/", readOnly: true, free: true},
}

// at gives a content of a name, and options for it, as path says.
func (r *rig) at(base, path string) (*content, Options) {
	rel, folder := strings.CutSuffix(path, "/")
	dir, name := filepath.Split(filepath.Join(base, rel))
	o := Options{Dir: filepath.Clean(dir), StateDir: r.state}
	if folder {
		return makeContent(r.t, name, 16<<10, entry{"a", 50_000}, entry{"b/c", 50_000}), o
	}
	return makeContent(r.t, name, 16<<10, entry{"", 50_000}), o
}

// Two with state folders of their own are kept apart, in one process and, as each of them has pools of its own here, in two.
func TestPlaces(t *testing.T) {
	for _, x := range placed {
		for _, reversed := range []bool{false, true} {
			if reversed && (x.readOnly || x.begun) {
				continue
			}
			t.Run(fmt.Sprint(x.name, " ", reversed), func(t *testing.T) {
				base := fastDir(t)
				os.MkdirAll(base+"/real", 0o777)
				if x.link != "" {
					os.Symlink("real", base+"/"+x.link)
				}
				one := newRigAt(t, base, base+"/.s1", PoolOptions{})
				two := newRigAt(t, base, base+"/.s2", PoolOptions{})
				first, second := x.first, x.second
				if reversed {
					first, second = second, first
				}
				c, o := one.at(base, first)
				s, have := one.open(c, o)
				if x.begun {
					one.fetchSome(s, c, have, even)
				}
				d, p := two.at(base, second)
				p.ReadOnly = x.readOnly
				if x.free {
					s, _ := two.open(d, p)
					two.close(s)
				} else if e := two.openErr(d, p, Locked); !errors.Is(e, ErrLocked) || runtime.GOOS == "linux" && e.PID != os.Getpid() {
					t.Errorf("got %v", e)
				}
				one.fetch(s, c, have)
				one.settle(s)
				one.close(s)
				if !x.free {
					s, have := two.open(d, p)
					two.fetch(s, d, have)
					two.settle(s)
					two.close(s)
				}
				if n := len(one.pool.shared) + len(two.pool.shared); n != 0 {
					t.Errorf("%d folders are still locked", n)
				}
			})
		}
	}
}

// The same of one pool, by names alone.
func TestPlacesInPool(t *testing.T) {
	for _, x := range placed {
		if x.link != "" {
			continue
		}
		base := fastDir(t)
		r := newRigAt(t, base, base+"/.s", PoolOptions{})
		c, o := r.at(base, x.first)
		s, _ := r.open(c, o)
		d, p := r.at(base, x.second)
		p.ReadOnly = x.readOnly
		if x.free {
			s, _ := r.open(d, p)
			r.close(s)
		} else if e := r.openErr(d, p, Locked); e.PID != os.Getpid() {
			t.Errorf("%s: got %v", x.name, e)
		}
		r.close(s)
	}
}

// Of several that begin at one moment one gets the place, every time.
func TestPlaceRace(t *testing.T) {
	for round := range 20 {
		base := fastDir(t)
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		begin, hold := make(chan struct{}), make(chan struct{})
		var tried sync.WaitGroup
		path := []string{"n", "n/", "x/y/n", "x/y/n/"}[round%4]
		for i := range 4 {
			tried.Add(1)
			all.Go(func() {
				r := newRigAt(t, base, fmt.Sprint(base, "/.s", i), PoolOptions{})
				c, o := r.at(base, path)
				<-begin
				s, err := r.pool.Open(context.Background(), c.info, o)
				var got []uint64
				if err == nil {
					got, err = s.Check(context.Background(), nil)
				}
				tried.Done()
				var e *Error
				switch {
				case err == nil:
					mu.Lock()
					won++
					mu.Unlock()
					<-hold // until all have tried
					r.fetch(s, c, got)
					r.settle(s)
				case !errors.As(err, &e) || e.Kind != Locked:
					t.Error(err)
				}
				if s != nil {
					s.Close(context.Background())
				}
			})
		}
		close(begin)
		tried.Wait()
		close(hold)
		all.Wait()
		if won != 1 {
			t.Fatalf("round %d: %d got the place", round, won)
		}
	}
}

// Another process, with another state folder, holds the place; when it is killed the place is free.
func TestPlaceOfProcess(t *testing.T) {
	if base := os.Getenv("DISK_TEST_PLACE"); base != "" {
		r := newRigAt(t, base, base+"/.s1", PoolOptions{})
		c, o := r.at(base, os.Getenv("DISK_TEST_PATH"))
		s, have := r.open(c, o)
		r.fetchSome(s, c, have, even)
		os.Stdout.WriteString("held\n")
		os.Stdin.Read(make([]byte, 1))
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	for _, path := range []string{"n", "n/"} {
		base := fastDir(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestPlaceOfProcess$")
		cmd.Env = append(os.Environ(), "DISK_TEST_PLACE="+base, "DISK_TEST_PATH="+path)
		in, _ := cmd.StdinPipe()
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 5)
		if _, err := out.Read(b); err != nil || string(b) != "held\n" {
			t.Fatalf("%q, %v", b, err)
		}
		r := newRigAt(t, base, base+"/.s2", PoolOptions{})
		c, o := r.at(base, path)
		for range 20 {
			if e := r.openErr(c, o, Locked); runtime.GOOS == "linux" && e.PID != cmd.Process.Pid {
				t.Errorf("got %v, want the process %d", e, cmd.Process.Pid)
			}
		}
		in.Close()
		cmd.Wait()
		s, have := r.open(c, o)
		if count(have) == 0 {
			t.Error("nothing of what was there was found")
		}
		r.fetch(s, c, have)
		r.settle(s)
		r.close(s)
	}
}

// Two torrents that are to replace one file are kept apart, although their temporary files differ.
func TestPlaceToOverwrite(t *testing.T) {
	base := fastDir(t)
	one := newRigAt(t, base, base+"/.s1", PoolOptions{})
	two := newRigAt(t, base, base+"/.s2", PoolOptions{})
	put(t, base+"/n", []byte("mine"))
	a := makeContent(t, "n", 16<<10, entry{"", 50_000})
	b := makeContent(t, "n", 16<<10, entry{"", 60_000})
	o := Options{Dir: base, Overwrite: true, StateDir: base + "/.s1"}
	s, have := one.open(a, o)
	o.StateDir = base + "/.s2"
	two.openErr(b, o, Locked)
	one.fetch(s, a, have)
	one.settle(s)
	one.close(s)
	s, have = two.open(b, o)
	two.fetch(s, b, have)
	two.settle(s)
	two.wantFile(s, b, 0)
	two.close(s)
}
