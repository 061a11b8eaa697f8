// Package scenario owns whole swarms in virtual time: torrents of the engine itself (swarm.Torrent) on the
// hosts of a simulated network (simnet), with peers that come, go, lie, stall and take without giving. Its tests
// state what a swarm has to reach and measure what it did, in a table that a change is held against. It must
// not know of real sockets, files or trackers.
//
// # Figures
//
// figures.tsv keeps of each scenario, as the mean and the worst of some seeds:
//
//   - last/bound: the time of the last peer over what no swarm can beat, which follows from the bandwidth of all;
//   - duplicates%: payload that was of no use, in percent of what was;
//   - copies: what the first seeds sent over the size of the content (of a seeder that leaves: until then; of free riders
//     and slow peers: what they had themselves when half of the others were complete);
//   - fairness: Jain's index of what the peers gave, each measured by its uplink.
//
// A test fails where a figure got worse by more than chance explains, and says which. "make figures" writes the table anew,
// for a change that is meant to move it: the diff of the table belongs into the same commit.
//
// By default the worlds are smaller than life: content, pieces, memory and rates are divided, and the times stay what they
// are. Since a block stays a block, every rate counts in fewer blocks a second then, as on slow links. With -long they are in
// life size, a swarm of a thousand comes too, and the bounds that are asked of a flash crowd are held.
//
// # Seeds
//
// Everything runs on one processor, which makes a run with the same seed the same run, to the bit, nearly always: a failure
// names its seed, and -seed N plays it again. -seeds N runs every scenario with N of them.
//
//	go test ./internal/swarmtest/scenario -run TestChurn -v -seed 7
//	go test ./internal/swarmtest/scenario -v -seeds 5
//	go test ./internal/swarmtest/scenario -run TestFlashCrowd -v -long
//
// # Content that takes no room
//
// The info dictionary is a real one, parsed by metainfo, but its piece hashes are noise: nobody holds the bytes
// they would be of. A block's content follows from its place in the torrent: 16 bytes at its start and 16 at its
// end are a mark of the torrent's seed and the block's number, all else is zero. Storage makes blocks up when they
// are read, and verifies a piece by its marks, which finds a block that is wrong, misplaced or shifted as surely as a
// hash would for the lies that are told here, at a thousandth of the cost.
package scenario
