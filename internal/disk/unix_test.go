//go:build unix

package disk

import (
	"os"
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
