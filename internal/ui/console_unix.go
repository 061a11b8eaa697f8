//go:build unix && !aix && !solaris

package ui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wakeup is how long read waits: so soon is it noticed that the keyboard was closed, that the process
// came to the foreground, or that somebody else changed the terminal's modes.
const wakeup = 100 * time.Millisecond

// unixKeys is a terminal without line editing and echo. It keeps its signals, and its output is
// processed as ever.
type unixKeys struct {
	fd int

	mu     sync.Mutex
	found  unix.Termios // before the first key
	armed  bool
	closed bool
	empty  int // reads in a row that gave nothing though something was there
}

func newKeyboard(fd int) (keyboard, error) {
	if fd < 0 || fd >= unix.FD_SETSIZE {
		return nil, errNoKeys
	}
	k := &unixKeys{fd: fd}
	modes, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's modes: %w", err)
	}
	k.found = *modes
	if inForeground(fd) {
		if err := k.arm(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// arm switches line editing and echo off, if that is not so yet. After a stop the shell may have
// switched them on again. The caller holds the lock, and the process is in the foreground: in the
// background, this would stop it.
func (k *unixKeys) arm() error {
	modes, err := unix.IoctlGetTermios(k.fd, getTermios)
	if err != nil {
		return fmt.Errorf("read the terminal's modes: %w", err)
	}
	if modes.Lflag&unix.ICANON == 0 && k.armed {
		return nil
	}
	if !k.armed {
		k.found = *modes
	}
	keys := k.found
	keys.Lflag &^= unix.ICANON | unix.ECHO
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 0, 0
	keys.Cc[unix.VSUSP] = noCharacter
	if err := unix.IoctlSetTermios(k.fd, setTermios, &keys); err != nil {
		return fmt.Errorf("set the terminal's modes: %w", err)
	}
	k.armed = true
	return nil
}

// disarm leaves the terminal as it was found. In the background it belongs to somebody else.
func (k *unixKeys) disarm() {
	if k.armed && inForeground(k.fd) {
		_ = unix.IoctlSetTermios(k.fd, setTermios, &k.found) // it has gone if that fails
	}
	k.armed = false
}

func (k *unixKeys) read(p []byte) (int, error) {
	ready := k.wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closed:
		return 0, io.EOF
	case !inForeground(k.fd): // to read would stop the process
		k.armed = false
		if ready {
			time.Sleep(wakeup)
		}
		return 0, nil
	}
	if err := k.arm(); err != nil {
		return 0, io.EOF
	}
	if !ready {
		return 0, nil
	}
	n, err := unix.Read(k.fd, p)
	if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
		return 0, nil
	}
	if n > 0 {
		k.empty = 0
		return n, nil
	}
	if k.empty++; err != nil || k.empty > 3 { // hung up
		return 0, io.EOF
	}
	return 0, nil
}

// wait waits until a key was pressed, or for a moment.
func (k *unixKeys) wait() bool {
	var set unix.FdSet
	set.Zero()
	set.Set(k.fd)
	timeout := unix.NsecToTimeval(wakeup.Nanoseconds())
	n, err := unix.Select(k.fd+1, &set, nil, nil, &timeout)
	return err == nil && n > 0
}

func (k *unixKeys) suspend() bool {
	k.mu.Lock()
	k.disarm()
	k.mu.Unlock()
	// The stop comes a moment after the signal, when this thread may be further already.
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	_ = syscall.Kill(0, syscall.SIGTSTP) // our own group: it cannot fail
	select {
	case <-goesOn:
	case <-time.After(time.Second): // nobody stops a group without a shell
	}
	return inForeground(k.fd)
}

func (k *unixKeys) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.closed = true
		k.disarm()
	}
}
