// Package metainfo owns what a torrent is on paper: .torrent files, info
// dictionaries and magnet links. It parses and validates them, builds them
// from files, and checks files against them.
//
// It must not know of the network, of peers or of how downloads are stored,
// and it imports no other package of this module. Anyone may import it.
//
// Everything that is parsed is hostile until the validator has seen it. What
// Parse and ParseInfo return has been checked: lengths and piece counts
// agree, sums do not overflow, and every path is safe to join below a
// folder. The info hash is always taken over the bytes as they came, never
// over a re-encoding.
//
// # Piece space
//
// Info.Files lie in the piece space, an array of Info.Length bytes that is
// cut into pieces of Info.PieceLength. In a v1 torrent (BEP 3) files follow
// each other without gaps. In a hybrid torrent padding files (BEP 47) fill
// the gaps, so that every file starts with a piece. In a v2 torrent (BEP 52)
// every file starts with a piece too, but nothing fills the gap between the
// end of a file and the start of the next piece: no file holds these bytes,
// and PieceSize tells how much of a piece is real.
//
// # Choices where the specifications leave one
//
//   - A torrent with both "length" and "files" is refused.
//   - Path elements have 1 to 255 bytes (NAME_MAX of the usual file systems).
//     Empty elements, "." and "..", separators and NUL are refused. Control
//     characters and bidirectional marks are kept: who prints a name escapes it.
//   - "path.utf-8" and "name.utf-8" win over "path" and "name". Without them,
//     bytes that are not UTF-8 become "_", and names that clash because of
//     that get a number.
//   - A file and a folder of the same name, two files of the same path, and a
//     file X beside a file X.part are refused (see PartSuffix).
//   - A torrent named like a file in which clients keep their state in a
//     download folder is refused.
//   - On Windows names become what it can store. There and on macOS, names that
//     differ only in case clash, and the later one gets a number.
//   - Symbolic links (BEP 47) are accepted and flagged. A target is kept only if
//     it lies below the torrent's folder, and nothing here follows it. Create
//     writes targets relative to that folder, as the specification has it.
//   - Create writes no attributes of files but those of padding and of links, so
//     that the infohash depends on the content alone.
//   - A "private" flag that is not an integer counts as private unless it says 0.
//   - Integers with leading zeros are refused; unsorted dictionaries are
//     accepted, except in a v2 file tree, where the order carries meaning.
//   - White space after the end of a .torrent is accepted, other bytes are not.
package metainfo
