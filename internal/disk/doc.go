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
// # Names
//
// A file's data lies at NAME.part; where that name is somebody else's, or one of the torrent's own, at NAME.INFOHASH8.part, and
// where names have to be short at .HASH16.part. A NAME.part is ours if the state knows it, or something in it
// hashes right. In the state folder, INFOHASH-TARGET8.resume is the state and INFOHASH-TARGET8.torrent the metadata.
//
// # Who may write
//
// A .lock in the state folder, named after the target alone, keeps two torrents, or two processes, from writing to one place. Those
// with other state folders, and those whose place is inside of another's, are kept off by a lock on the place itself: the torrent's
// folder, or its temporary file, is locked alone, the folders above it together with others. It is advisory, it ends with
// the process, and it is there on Unix systems only. What is served only locks nothing.
//
// # Room
//
// Before anything is fetched, all that is still to be stored has to fit on its file system, beside what the other storages of
// the process are still to store and what is to be kept free. While it is written, nothing goes below what is to be kept free.
//
// # Locks
//
// Storage.syncing (one sync at a time) is taken before Storage.mu, and neither is held while a caller's function runs.
// Storage.mu, handles.mu, folders.mu, Pool.mu and Memory.mu are never held during a call that may wait for the disk, and
// none of them is taken while another is held.
//
// # The way of a piece
//
// A caller reserves memory for a piece (Memory.Reserve), takes blocks (Memory.Blocks), fills them and
// hands them to Storage.Write. A worker of the Pool hashes them and writes each file the piece touches with
// one call; one worker at a time writes to a storage. Storage.ReadVec gives the bytes back to be served.
// Background work of a storage (sync, rename) happens in batches, away from the workers.
package disk
