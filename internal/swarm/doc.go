// Package swarm owns one torrent: which peers it has, who is choked, which block is asked of whom, what
// becomes of a piece that is whole, and where the metadata of a magnet link comes from. It must not
// know of other torrents, of sockets' options, of trackers or of a terminal: connections, addresses,
// storage and limits are handed in.
//
// # Who owns what
//
// A torrent has one lock. Under it, in short sections, lie the picker, the set of peers, the choker's
// decisions and the candidates to connect to. Each peer has a read loop, and what only that loop
// touches (the blocks it has asked for, above all) needs no lock; whoever wants it to act pokes it.
// A block that arrives goes to its piece with one compare-and-swap. The lock is taken once for a run of
// requests and once for a whole piece, never for a block.
package swarm
