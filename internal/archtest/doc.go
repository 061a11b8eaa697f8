// Package archtest owns the rules of the tree: which package may import which, where a process may
// end and where it may print, how long a file may be. The rules are its tests, which read the source
// of every package and know nothing of what the code does. It has no code of its own, and nothing
// imports it.
package archtest
