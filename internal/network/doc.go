// Package network is the one door to sockets. It owns how the program listens, how it dials peers,
// trackers and web seeds, to which local address or interface all of that is bound, which remote
// addresses a URL from a torrent may reach, and how many bytes a second may pass. It must not know
// what travels through the sockets: no torrent, no peer protocol, no tracker protocol.
//
// Binding fails closed. Where an address or an interface was asked for and cannot be had, the answer
// is an error, at New and at each later use, and never a socket on another address. Names are looked
// up by the system's resolver, which binding does not concern.
//
// With a proxy every connection goes through it, names included, and all else fails: nothing is listened
// on and no datagram is sent.
//
// A Policy is checked on the address that is dialled, after the name was looked up, so that a name
// which changes its address between a check and its use gains nothing.
package network
