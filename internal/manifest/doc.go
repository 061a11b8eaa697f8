// Package manifest owns the file that says which torrents a machine is to have: reading it, in TOML or
// in YAML, filling in its defaults, and saying in which line it is wrong. It must not know what an option does,
// nor how a torrent is fetched: options are names with values, the names of the flags of get, and whoever
// reads the manifest says which there are.
//
// In TOML:
//
//	[defaults]
//	dir = "/srv/mirror"
//	seed = { ratio = 2 }
//
//	[[torrent]]
//	source = "https://example.org/a.torrent"
//	select = ["*.iso"]
//	labels = ["release"]
//
// and the same in YAML:
//
//	defaults:
//	  dir: /srv/mirror
//	  seed: {ratio: 2}
//	torrents:
//	  - source: https://example.org/a.torrent
//	    select: "*.iso"
//	    labels: [release]
//
// The keys source, dir, name and labels are the manifest's own; all others are options. A table seed stands
// for the options that begin with "seed-", and an entry of defaults for the same key of every torrent that
// does not have it. Whoever says anything about seeding says all of it: limits are not mixed.
package manifest
