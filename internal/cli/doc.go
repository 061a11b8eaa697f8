// Package cli owns the command line: one file a verb, each of the same three parts. A newXCommand
// describes the verb to cobra, an xOptions.addFlags names its flags, and a runX(ctx, env, options)
// does the work and returns an error. It also owns what the numbers of the exit codes mean
// (exit.go), and which words a failure is told in.
//
// A run of the whole program is a value: Main takes a context and an Env (arguments, streams,
// environment) and returns the exit code, so that a test needs no process. The package must not know
// sockets, pieces or peers: what moves bytes is session, what a terminal looks like is ui, where a
// setting comes from is config. It is the only package that imports cobra.
package cli
