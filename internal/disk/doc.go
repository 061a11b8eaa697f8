// Package disk owns what lies on disk and what is on its way there: the memory that blocks are
// received into, the workers that hash pieces, the files under their temporary and their final
// names, and the state that lets a killed download go on. It must not know of peers, of the network,
// of trackers or of a terminal: pieces come in from above as blocks, bytes and bitmaps go out.
//
// # What it promises
//
//   - A file has its final name only when every byte of it was verified and synced. Until then the
//     data lies beside it under a temporary name, NAME.part where that is free.
//   - A file that was there before is never truncated and never overwritten, unless asked; if its
//     content hashes right it is taken as it is.
//   - Nothing is written outside of the folder it was given: paths are resolved inside an os.Root.
//   - What the state says is true: data is synced before the state that speaks of it. A piece is
//     trusted on resume only if every file it touches is exactly as the state recorded it; every other
//     piece with data on disk is hashed. No fault in a state file does more than cost that hashing.
//
// # The way of a piece
//
// A caller reserves memory for a piece (Memory.Reserve), takes blocks (Memory.Blocks), fills them and
// hands them to Storage.Write. A worker of the Pool hashes them and writes each file the piece touches with
// one call; one worker at a time writes to a storage. Storage.ReadVec gives the bytes back to be served.
// Background work of a storage (sync, rename) happens in batches, away from the workers.
package disk
