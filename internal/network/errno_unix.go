//go:build !windows

package network

import "syscall"

// errAccess is what a port gives that this user may not have.
const errAccess = syscall.EACCES
