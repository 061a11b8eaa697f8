// Package ledger owns what this machine remembers of its transfers: which there were, how each was
// asked for, how far it is, and which process works on it now. It keeps one small file a transfer in
// a folder of the state. It must not know how a transfer is done, what an exit code means, or what is
// in a torrent: those who work write down what they know, and read it back.
//
// # What it promises
//
//   - A record is replaced as a whole: a temporary file, a sync, a rename. At any moment, and after a
//     power cut, there is the old one or the new one.
//   - Whatever lies in the folder, reading goes on: a damaged, foreign or newer file is passed over, and
//     its fault is reported beside the records.
//   - Several processes may use the folder at once. A record belongs to the process that works on the
//     transfer, and nobody else changes it until that one has ended, by whatever way.
//   - Files are readable by their user alone (0600): links carry the passkeys of trackers.
//
// # Who works on it
//
// A process that begins a transfer holds a lock on a file of its own, run-PID-CHANCE.lock, until it ends,
// and its records name that file. Whoever wants to know whether a process is still there tries the
// lock: a process id alone may long be somebody else's.
package ledger
