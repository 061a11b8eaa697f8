// Package lab is where shoal meets real clients. It owns hosts (network namespaces joined by a
// bridge, or addresses of the loopback), processes and what they print, content to share, and the
// drivers of the clients: shoal itself, libtorrent, Transmission, aria2 and the tracker opentracker.
//
// It knows programs by their command lines and interfaces only, and no package of ours: what it tests
// is what a user runs. Whatever it starts or makes is gone when its test ends, and what a run leaves that was killed is
// swept by the next one.
//
// Waiting is always for something: a line that a process prints, its end, or the answer to a
// question put to it again and again until a deadline.
package lab
