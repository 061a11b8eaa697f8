// Package ui owns all that a terminal does: whether there is one and how wide it is, colours, progress
// bars and the plain lines that stand in for them, tables, the NDJSON stream, the log of -v, and the
// one escaper that text from outside goes through before a person sees it.
//
// It must not know what a torrent, a peer or a command is: it is handed rows of numbers and text. It
// is the only package that imports progressbar. Nothing else in the program writes to a terminal:
// whatever does so writes to the Out and Err of an IO, which keep bars and text apart.
package ui
