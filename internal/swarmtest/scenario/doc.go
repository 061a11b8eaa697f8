// Package scenario owns whole swarms in virtual time: torrents of the engine itself (swarm.Torrent) on the
// hosts of a simulated network (simnet), with peers that come, go, lie, stall and take without giving. Its tests
// state what a swarm has to reach and print what it did, as a table that a change can be held against. It must
// not know of real sockets, files or trackers.
//
// # Content that takes no room
//
// The info dictionary is a real one, parsed by metainfo, but its piece hashes are noise: nobody holds the bytes
// they would be of. A block's content follows from its place in the torrent: 16 bytes at its start and 16 at its
// end are a mark of the torrent's seed and the block's number, all else is zero. Storage makes blocks up when they
// are read, and verifies a piece by its marks, which finds a block that is wrong, misplaced or shifted as surely as a
// hash would for the lies that are told here, at a thousandth of the cost.
package scenario
