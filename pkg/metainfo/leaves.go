package metainfo

// MerkleRoot hashes the data of piece p of a v2 or hybrid torrent the v2 way,
// for comparison with PieceRoot. In a hybrid torrent, padding behind the end
// of the file may be there or not.
func (i *Info) MerkleRoot(p int, data []byte) Hash256 {
	l := leaves{info: i}
	l.start(p)
	l.add(data)
	return l.root()
}

// leaves computes the merkle root of a piece (BEP 52) from its data.
type leaves struct {
	info   *Info
	off    bool // there is nothing to do
	rest   int64
	width  int // leaves of the full tree
	hashes []Hash256
}

// start begins piece p.
func (l *leaves) start(p int) {
	if l.off {
		return
	}
	start := int64(p) * l.info.PieceLength
	f := &l.info.Files[l.info.FileAt(start)]
	l.rest = f.End() - start
	l.hashes = l.hashes[:0]
	l.width = int(l.info.PieceLength / leafLength)
	if f.Length <= l.info.PieceLength {
		l.width = ceilPow2(int(ceilDiv(f.Length, leafLength)))
	}
}

// add takes the next bytes of the piece: a multiple of 16 KiB, except at the
// end. What lies behind the end of the file does not count.
func (l *leaves) add(data []byte) {
	if l.off {
		return
	}
	data = data[:min(int64(len(data)), l.rest)]
	l.rest -= int64(len(data))
	for ; len(data) >= 2*leafLength; data = data[2*leafLength:] {
		left, right := sum256Pair(data[:leafLength], data[leafLength:2*leafLength])
		l.hashes = append(l.hashes, left, right)
	}
	for len(data) > 0 {
		n := min(leafLength, len(data))
		l.hashes = append(l.hashes, Leaf(data[:n]))
		data = data[n:]
	}
}

// root ends the piece.
func (l *leaves) root() Hash256 {
	if l.off {
		return Hash256{}
	}
	return Root(l.hashes, Hash256{}, l.width)
}
