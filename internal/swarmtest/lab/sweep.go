package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// nsPrefix begins the name of every namespace of ours; the process id of its test binary follows.
const nsPrefix = "shoal-"

// Sweep takes away the namespaces of runs that ended without cleaning up, and ends what still runs in
// them. Those of runs that are alive, this one too, stay. For TestMain.
func Sweep() {
	names, err := filepath.Glob("/run/netns/" + nsPrefix + "*")
	if err != nil || os.Geteuid() != 0 {
		return
	}
	for _, path := range names {
		name := filepath.Base(path)
		owner, _, _ := strings.Cut(strings.TrimPrefix(name, nsPrefix), "-")
		if _, err := os.Readlink("/proc/" + owner + "/exe"); err != nil { // ended, even where nobody took note yet
			drop(name)
		}
	}
}

func drop(ns string) {
	out, err := exec.Command("ip", "netns", "pids", ns).Output()
	if err == nil {
		for _, field := range strings.Fields(string(out)) {
			if pid, err := strconv.Atoi(field); err == nil {
				if p, err := os.FindProcess(pid); err == nil {
					_ = p.Kill() // ended by itself meanwhile: just as well
				}
			}
		}
	}
	_ = exec.Command("ip", "netns", "del", ns).Run()
}
