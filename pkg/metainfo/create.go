package metainfo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
)

// Create hashes a file or folder and returns a torrent of it. Symbolic links
// are followed unless Options say otherwise. The same files and options give
// the same bytes: files are ordered by name, and neither times nor permissions
// become part of the result. Holes of sparse files are not read.
//
// A file that cannot be read, that is no regular file or that changes
// meanwhile (ErrChanged) is an error, and so are links that lead into a loop
// and a folder without files (ErrNoFiles). Options that cannot be honoured
// give an *OptionError. When ctx ends, Create stops and returns its error.
func Create(ctx context.Context, o Options) (*Metainfo, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	name, err := o.name()
	if err != nil {
		return nil, err
	}
	sources, single, err := walk(ctx, &o)
	if err != nil {
		return nil, err
	}
	c := &creation{options: &o, sources: sources}
	if err := c.layout(name, single); err != nil {
		return nil, err
	}
	if o.Inspect != nil {
		m := New(c.info)
		c.dress(m)
		if err := o.Inspect(m); err != nil {
			return nil, err
		}
	}
	if err := c.hash(ctx); err != nil {
		return nil, err
	}
	if err := c.checkEmpty(ctx); err != nil {
		return nil, err
	}
	return c.finish()
}

// creation is a torrent in the making.
type creation struct {
	options *Options
	sources []source
	info    *Info     // its Files, Length and number of pieces, then its hashes
	from    []int     // for each file of info the source; -1 for padding
	roots   []Hash256 // of all pieces, for v2
}

// layout places the files in the piece space.
func (c *creation) layout(name string, single bool) error {
	c.info = &Info{
		Name:        name,
		PieceLength: c.options.PieceLength,
		Private:     c.options.Private,
		Source:      c.options.Source,
		v2:          c.options.Format != V1,
		single:      single,
	}
	var total int64
	for _, s := range c.sources {
		if s.size > math.MaxInt64/4-total {
			return fmt.Errorf("create torrent: %s has too many bytes", s.disk)
		}
		total += s.size
	}
	if c.info.PieceLength == 0 {
		sizes := make([]int64, len(c.sources))
		for n := range c.sources {
			sizes[n] = c.sources[n].size
		}
		c.info.PieceLength = autoPieceLength(sizes, c.options.Format)
	}
	for n := range c.sources {
		c.place(n)
	}
	pieces := ceilDiv(c.info.Length, c.info.PieceLength)
	if pieces > DefaultPieces {
		return &OptionError{"PieceLength", fmt.Sprintf("%d bytes give %d pieces; the limit is %d", c.info.PieceLength, pieces, DefaultPieces)}
	}
	c.info.numPieces = int(pieces)
	if c.options.Format != V2 {
		c.info.pieces = make([]byte, c.info.numPieces*len(Hash{}))
	}
	if c.info.v2 {
		c.roots = make([]Hash256, c.info.numPieces)
	}
	return nil
}

// place puts source n behind what has been placed. In the formats that know
// v2, each file that has bytes starts a piece.
func (c *creation) place(n int) {
	s, i := &c.sources[n], c.info
	if c.options.Format == V2 && s.size > 0 {
		i.Length += i.gap()
	}
	path := s.elements
	if i.single {
		path = []string{i.Name}
	}
	f := File{Path: path, Length: s.size, Target: s.target}
	if s.target != nil {
		f.Attr = AttrSymlink
	}
	c.append(f, n)
	// The last file needs no padding, but libtorrent writes it, and the same
	// files should make the same torrent.
	if gap := i.gap(); c.options.Format == Hybrid && gap > 0 && len(c.sources) > 1 {
		path := []string{padFolder, strconv.FormatInt(gap, 10)}
		c.append(File{Path: path, Length: gap, Pad: true}, -1)
	}
}

func (c *creation) append(f File, source int) {
	f.Offset = c.info.Length
	c.info.Length += f.Length
	c.info.Files = append(c.info.Files, f)
	c.from = append(c.from, source)
}

// gap returns how many bytes the piece space lacks to a whole number of
// pieces.
func (i *Info) gap() int64 { return (i.PieceLength - i.Length%i.PieceLength) % i.PieceLength }

// hash reads all sources and fills in the hashes.
func (c *creation) hash(ctx context.Context) error {
	s := &scan{
		info:    c.info,
		sha1:    c.options.Format != V2,
		merkle:  c.info.v2,
		workers: c.options.Workers,
		open:    func(file int) (*diskFile, error) { return c.sources[c.from[file]].open() },
		close:   func(file int, f *diskFile) error { return c.sources[c.from[file]].close(f) },
		found:   c.found,
		failed: func(file int, err error) error {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = c.sources[c.from[file]].changed()
			}
			return fmt.Errorf("create torrent: %w", err)
		},
	}
	s.progress.call = c.options.Progress
	s.progress.total = s.total()
	return s.run(ctx)
}

func (c *creation) found(p int, sum Hash, root Hash256) {
	if c.info.pieces != nil {
		copy(c.info.pieces[p*len(sum):], sum[:])
	}
	if c.roots != nil {
		c.roots[p] = root
	}
}

// checkEmpty makes sure that files without bytes, which nobody has opened yet,
// can be read and are still without any.
func (c *creation) checkEmpty(ctx context.Context) error {
	return parallel(ctx, c.options.Workers, len(c.sources), 256, func(_ context.Context, ranges iter.Seq2[int, int]) error {
		for first, last := range ranges {
			for n := first; n < last; n++ {
				s := &c.sources[n]
				if s.size > 0 || s.target != nil {
					continue
				}
				f, err := s.open()
				if err == nil {
					err = f.close()
				}
				if err != nil {
					return fmt.Errorf("create torrent: %w", err)
				}
			}
		}
		return nil
	})
}

// dress gives m all that is not part of its info dictionary.
func (c *creation) dress(m *Metainfo) {
	o := c.options
	m.Trackers, m.WebSeeds = o.Trackers, o.WebSeeds
	m.Comment, m.CreatedBy, m.CreationDate = o.Comment, o.CreatedBy, o.Date
}

// finish encodes the torrent, and has the parser judge it like any other.
func (c *creation) finish() (*Metainfo, error) {
	m := New(c.info)
	if c.info.v2 {
		m.PieceLayers = c.layers()
	}
	c.info.seal(encodeInfo(c.info))
	o := c.options
	c.dress(m)
	done, err := parse(m.Bytes(), Limits{Size: math.MaxInt64, Tokens: math.MaxInt}.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("create torrent from %s: %w", o.Path, err)
	}
	if len(done.orig.raw) > DefaultSize {
		done.warn("the torrent has %d bytes; many programs refuse more than %d", len(done.orig.raw), DefaultSize)
	}
	return done, nil
}

// layers sets the root of each file, and returns the layers of those that
// have several pieces.
func (c *creation) layers() map[Hash256][]byte {
	layers := map[Hash256][]byte{}
	pad := ZeroRoot(int(c.info.PieceLength / leafLength))
	for n := range c.info.Files {
		f := &c.info.Files[n]
		if f.Pad || f.Length == 0 {
			continue
		}
		first := f.Offset / c.info.PieceLength
		roots := c.roots[first : first+ceilDiv(f.Length, c.info.PieceLength)]
		if len(roots) == 1 {
			f.PiecesRoot = roots[0]
			continue
		}
		var layer bytes.Buffer
		for _, root := range roots {
			layer.Write(root[:])
		}
		f.PiecesRoot = Root(roots, pad, ceilPow2(len(roots)))
		layers[f.PiecesRoot] = layer.Bytes()
	}
	return layers
}
