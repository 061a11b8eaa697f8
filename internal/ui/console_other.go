//go:build !unix || aix || solaris

package ui

func newKeyboard(int) (keyboard, error) { return nil, errNoKeys }
