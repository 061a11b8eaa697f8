package lab

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the process where the test binary ends without cleaning up.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
