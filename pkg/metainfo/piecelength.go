package metainfo

// autoPieceLength chooses a piece length that gives between one and two
// thousand pieces, from 16 KiB up to 16 MiB. Beyond 2 TiB pieces grow
// further, so that their hashes stay below 3 MB.
//
// In the formats that know v2 each file has pieces of its own. Longer pieces
// do not make those of small files fewer; they only add padding, which a
// hybrid torrent has to hash. So there only the pieces beyond the first of
// each file count.
func autoPieceLength(sizes []int64, format Format) int64 {
	const shortest, longest = 16 << 10, 16 << 20
	const enough, most = 2000, 1 << 17
	n := int64(shortest)
	for ; n < DefaultPieceLength; n *= 2 {
		pieces := countPieces(sizes, format, n)
		if pieces <= enough || n >= longest && pieces <= most {
			break
		}
	}
	return n
}

// countPieces returns how many pieces of n bytes the files make, without the
// first of each file in the formats that know v2.
func countPieces(sizes []int64, format Format, n int64) int64 {
	var total, extra int64
	for _, size := range sizes {
		total += size
		extra += max(0, ceilDiv(size, n)-1)
	}
	if format == V1 {
		return ceilDiv(total, n)
	}
	return extra
}
