//go:build !windows

package network

import "syscall"

// takenErrnos are what a port gives that is in use, or that this user may not have.
var takenErrnos = [...]syscall.Errno{syscall.EADDRINUSE, syscall.EACCES}

// missingErrnos are what sockets give where the machine does not have the family, or no way out over it.
var missingErrnos = [...]syscall.Errno{
	syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.EADDRNOTAVAIL, syscall.ENETUNREACH,
}
