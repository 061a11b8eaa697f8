//go:build unix

package disk

import (
	"os"
	"slices"
	"syscall"
	"testing"
)

// cpuMeter adds up the processor time that the process uses. On a machine that others use too it says more than the
// clock does.
type cpuMeter struct{ begin, sum float64 }

func newCPUMeter() *cpuMeter {
	m := new(cpuMeter)
	m.start()
	return m
}

func (m *cpuMeter) start() { m.begin = cpuTime() }

func (m *cpuMeter) stop() {
	m.sum += cpuTime() - m.begin
	m.begin = cpuTime()
}

// report reports processor seconds a GiB, bytes being what one round handles.
func (m *cpuMeter) report(b *testing.B, bytes int64) {
	m.stop()
	b.ReportMetric(m.sum/float64(b.N)/(float64(bytes)/(1<<30)), "cpu-s/GiB")
}

// makePipe makes a named pipe.
func makePipe(t testing.TB, path string) {
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
}

// cpuTime is the processor time used so far, in seconds.
func cpuTime() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func TestModes(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	c := makeContent(t, "n", 16<<10, entry{"d/a", 40_000}, entry{"e", 0})
	r := newRig(t)
	s, have := r.open(c, r.options())
	if fi, err := os.Stat(s.lock.path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("lock: %v, %v", fi, err)
	}
	r.fetch(s, c, have)
	r.settle(s)
	r.close(s)
	for path, want := range map[string]os.FileMode{
		r.dir: 0o750, r.dir + "/n": 0o750, r.dir + "/n/d": 0o750, r.dir + "/n/d/a": 0o640, r.dir + "/n/e": 0o640,
		r.state: 0o700, s.state.path(resumeSuffix): 0o600,
	} {
		fi, err := os.Stat(path)
		if err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, fi.Mode().Perm(), err, want)
		}
	}
}

// A folder that cannot be written to is said before anything is fetched, and nothing is made meanwhile.
func TestNotWritable(t *testing.T) {
	if os.Getuid() == 0 {
		// The system lets root write anywhere but where nobody can.
		if _, err := os.Stat("/proc/sys"); err != nil {
			t.Skip("no folder that root cannot write to")
		}
	}
	multi := makeContent(t, "n", 16<<10, entry{"d/a", 40_000})
	single := makeContent(t, "n", 16<<10, entry{"", 40_000})
	r := newRig(t)
	if os.Getuid() != 0 {
		if err := os.MkdirAll(r.dir, 0o555); err != nil {
			t.Fatal(err)
		}
	} else {
		r.dir = "/proc/self/fdinfo"
	}
	o := r.options()
	if err := mayCreate(r.dir); err == nil {
		t.Skip("it can be written to after all")
	}
	r.openErr(single, o, Create)
	r.openErr(multi, o, Mkdir)
	o.Dir = r.dir + "/x/y"
	r.openErr(multi, o, Mkdir)
}

// Opening makes nothing, and checking no more than what is locked, which goes again if nothing came.
func TestCheckMakesNothing(t *testing.T) {
	for want, c := range map[string]*content{
		"n/":     makeContent(t, "n", 16<<10, entry{"d/a", 40_000}, entry{"b", 1}),
		"n.part": makeContent(t, "n", 16<<10, entry{"", 40_000}),
	} {
		r := newRig(t)
		s, err := r.pool.Open(t.Context(), c.info, r.options())
		if err != nil {
			t.Fatal(err)
		}
		if got := tree(t, r.dir); len(got) != 0 {
			t.Errorf("there is %v", got)
		}
		if _, err := s.Check(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, r.dir); !slices.Equal(got, []string{want}) {
			t.Errorf("there is %v", got)
		}
		r.close(s)
		if got := tree(t, r.dir); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
		s, have := r.open(c, r.options()) // what holds something stays
		r.fetchSome(s, c, have, even)
		r.close(s)
		if got := tree(t, r.dir); len(got) == 0 {
			t.Error("it was removed")
		}
	}
}
