//go:build !linux && !darwin

package network

// tiesSockets is false here: a socket is kept on its interface by the interface's address alone.
const tiesSockets = false

func tieSocket(uintptr, string, string) error { return nil }
