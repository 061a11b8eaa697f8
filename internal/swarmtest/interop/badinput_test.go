//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// What a person gets wrong is answered in one line, with the documented code and without a stack.
func TestBadInput(t *testing.T) {
	t.Parallel()
	shoal := lab.Shoal{}
	shoal.Need(t)
	h := lab.Loopback(t, 61)
	dir := h.Dir
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	nobody := "magnet:?xt=urn:btih:" + strings.Repeat("6", 40)
	tor := shoal.Create(h, lab.WriteFile(t, filepath.Join(dir, "content"), "data.bin", 1<<20))
	write("data.bin", "something else of the same name")
	const unwritable = "/proc/shoal" // not even for root
	offline := []string{"--no-dht", "--no-lsd", "--no-port-map", "--port", "0", "--bind", h.Addr}

	for _, c := range []struct {
		name  string
		codes []int
		args  []string
	}{
		{"not a torrent", []int{26}, []string{"get", write("text.torrent", "this is no torrent\n")}},
		{"malformed magnet", []int{27}, []string{"get", "magnet:?xt=urn:btih:zzz"}},
		{"unknown flag", []int{28}, []string{"get", "--no-such-flag", tor.File}},
		{"missing torrent", []int{3}, []string{"get", filepath.Join(dir, "absent.torrent")}},
		{"missing path", []int{3}, []string{"seed", filepath.Join(dir, "absent")}},
		{"another file in the way", []int{13}, append([]string{"get", "-o", dir, tor.File}, offline...)},
		{"a file in the way of the folder", []int{13}, append([]string{"get", "-o", filepath.Join(dir, "data.bin", "below") + "/", tor.File}, offline...)},
		{"folder that cannot be made", []int{16, 18}, append([]string{"get", "-o", unwritable + "/", tor.File}, offline...)},
		{"no peer in time", []int{2}, append([]string{"get", "-o", filepath.Join(dir, "new") + "/", "--timeout", "2s", tor.File}, offline...)},
		{"no metadata in time", []int{2, 33}, append([]string{"get", "-o", dir, "--timeout", "2s", nobody}, offline...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := h.Start(shoal.Binary(), c.args...)
			code, err := p.Exit(lab.Within(t, 10*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			stderr := p.Stderr()
			t.Logf("code %d: %s", code, stderr)
			good := false
			for _, want := range c.codes {
				good = good || code == want
			}
			if !good {
				t.Errorf("ended with code %d, not one of %v", code, c.codes)
			}
			if !oneError(stderr) {
				t.Errorf("not one line of error, and perhaps a hint:\n%s", stderr)
			}
		})
	}
}

// oneError accepts one line of error and one hint, among lines of progress.
func oneError(stderr string) bool {
	said := 0
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "goroutine ") || strings.HasPrefix(line, "panic:") {
			return false
		}
		if strings.HasPrefix(line, "shoal: ") {
			said++
		}
	}
	return said == 1
}
