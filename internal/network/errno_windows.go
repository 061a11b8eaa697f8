package network

import "golang.org/x/sys/windows"

// errAccess is what a port gives that this user, or anybody besides its owner, may not have.
const errAccess = windows.WSAEACCES
