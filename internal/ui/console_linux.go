package ui

import "golang.org/x/sys/unix"

// How modes of a terminal are asked for and set, and the character that is none.
const (
	getTermios  = unix.TCGETS
	setTermios  = unix.TCSETS
	noCharacter = 0
)
