// Package ui owns all that a terminal does: whether there is one and how wide it is, colours, progress
// bars and the plain lines that stand in for them, tables, the NDJSON stream and its schema, the log of
// -v, the keyboard, and the one escaper that text from outside goes through before a person sees it.
//
// It must not know what a torrent, a peer or a command is: it is handed rows of numbers and text. It
// is the only package that imports progressbar. Nothing else in the program writes to a terminal:
// whatever does so writes to the Out and Err of an IO, which keep bars and text apart. The full-screen
// view, in the package view below this one, takes keyboard and screen through Console.
//
// How bars behave: one write a frame, of the lines that changed; at most five frames a second, two over
// ssh, fewer where the terminal is slow. Where there are more rows than lines, those that move are shown
// and the others counted. Time left runs down like a clock and drifts towards new estimates; a row that
// has not moved for ten seconds is stalled. A row's note, why nothing moves, stands beside its bar, or
// below it where that is too narrow.
//
// Plain lines keep their words, so that they can be searched: "NAME: PHASE P% (SIZE of SIZE), RATE down,
// RATE up, N peers, N seeds, TIME left, stalled: NOTE", each part where it means something, and at the end
// "NAME: done, SIZE in TIME, RATE" or "NAME: failed …: NOTE", and "total: N of M done, …".
package ui
