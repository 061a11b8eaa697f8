package network

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// takenErrnos are what a port gives that is in use, or that is kept from this user.
var takenErrnos = [...]syscall.Errno{windows.WSAEADDRINUSE, windows.WSAEACCES}

// missingErrnos are what sockets give where the machine does not have the family, or no way out over it.
var missingErrnos = [...]syscall.Errno{
	windows.WSAEAFNOSUPPORT, windows.WSAEPROTONOSUPPORT, windows.WSAEADDRNOTAVAIL, windows.WSAENETUNREACH,
}
