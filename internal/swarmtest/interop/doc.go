// Package interop tests the shoal program as a whole: against libtorrent, Transmission, aria2 and
// opentracker in network namespaces, and against itself on the loopback. It has tests only, behind the build
// tag interop; make interop runs them. A client that is missing skips its tests.
package interop
