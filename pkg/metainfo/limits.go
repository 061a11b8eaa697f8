package metainfo

// Limits bounds what a torrent may ask for. A zero field means the default.
type Limits struct {
	Size        int64 // bytes of a .torrent file or of an info dictionary
	Tokens      int   // bencoded values and keys
	Pieces      int   // pieces of one torrent
	PieceLength int64 // bytes of one piece
	PathDepth   int   // elements of one path
	NameBytes   int   // bytes of one path element
}

// Defaults of Limits.
const (
	DefaultSize        = 10_000_000
	DefaultTokens      = 3_000_000
	DefaultPieces      = 2_097_152
	DefaultPieceLength = 512 << 20
	DefaultPathDepth   = 100
	// DefaultNameBytes is NAME_MAX of the usual file systems. Who adds a
	// suffix to a name has to shorten it first.
	DefaultNameBytes = 255
)

// maxDepth bounds how deep bencoded lists and dictionaries may nest.
const maxDepth = 100

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	fill(&l.Size, DefaultSize)
	fill(&l.Tokens, DefaultTokens)
	fill(&l.Pieces, DefaultPieces)
	fill(&l.PieceLength, DefaultPieceLength)
	fill(&l.PathDepth, DefaultPathDepth)
	fill(&l.NameBytes, DefaultNameBytes)
	// With these a number of pieces times their length cannot overflow.
	l.Pieces = min(l.Pieces, 1<<30)
	l.PieceLength = min(l.PieceLength, 1<<32)
	return l
}

func fill[T int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
