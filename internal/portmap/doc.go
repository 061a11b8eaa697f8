// Package portmap owns the opening of a port at the router that this machine is behind: by PCP (RFC
// 6887), NAT-PMP (RFC 6886) or UPnP (Internet Gateway Device), over IPv4. It finds out which of them the
// router speaks, asks for the port, asks again before the time that it was given is over, and gives it
// back at the end. It must not know what the port is for.
//
// No router, or one that refuses, is no error: it is told at debug level and tried again later. What a
// router or anyone who claims to be one says is bounded in size and time, and descriptions of devices are
// fetched from the address alone that the claim came from.
package portmap
