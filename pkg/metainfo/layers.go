package metainfo

// readLayers reads "piece layers" (BEP 52) and checks each against the root
// of its file.
func (m *Metainfo) readLayers(layers span) error {
	if !m.Info.v2 {
		return nil
	}
	if kind := layers.kind(); kind != 'd' && kind != 0 {
		return refuse("piece layers", "they are %s, not a dictionary", kindName(kind))
	}
	given := make(map[Hash256][]byte, min(layers.entries, len(layers.raw)/64))
	if layers.kind() == 'd' {
		c := inside(layers.raw)
		for c.enter('d'); c.more(); {
			root, layer := c.str(), c.span().str()
			if len(root) != len(Hash256{}) {
				return refuse("piece layers", "a key has %d bytes, not 32", len(root))
			}
			given[Hash256(root)] = layer
		}
	}
	m.PieceLayers = make(map[Hash256][]byte, len(given))
	missing := 0
	for n := range m.Info.Files {
		f := &m.Info.Files[n]
		if f.Length <= m.Info.PieceLength {
			continue
		}
		layer, ok := given[f.PiecesRoot]
		if !ok {
			missing++
			continue
		}
		check := m.Info.CheckLayer
		if m.PieceLayers[f.PiecesRoot] != nil {
			check = m.Info.checkLayerSize // files of the same content
		}
		if err := check(f, layer); err != nil {
			return err
		}
		m.PieceLayers[f.PiecesRoot] = layer
	}
	if missing > 0 {
		m.warn("%d files have no piece layer; it has to come from peers", missing)
	}
	return nil
}

// CheckLayer checks the piece layer of a v2 file, 32 bytes for each of its
// pieces, against the file's PiecesRoot. The error is an *Error.
func (i *Info) CheckLayer(f *File, layer []byte) error {
	if err := i.checkLayerSize(f, layer); err != nil {
		return err
	}
	if layerRoot(layer, ZeroRoot(int(i.PieceLength/leafLength))) != f.PiecesRoot {
		return refuse("piece layers", "the layer of %s does not match its root", quote(joined(f.Path)))
	}
	return nil
}

func (i *Info) checkLayerSize(f *File, layer []byte) error {
	if int64(len(layer)) != ceilDiv(f.Length, i.PieceLength)*int64(len(Hash256{})) {
		return refuse("piece layers", "the layer of %s has %d bytes for %d bytes of data", quote(joined(f.Path)), len(layer), f.Length)
	}
	return nil
}

// layerRoot returns the root over a piece layer. It takes the layer in parts
// that fit into a cache, and needs little memory for layers of any size.
func layerRoot(layer []byte, pad Hash256) Hash256 {
	const size, part = len(Hash256{}), 1024
	var nodes [part]Hash256
	count := len(layer) / size
	width := min(part, ceilPow2(count))
	tops := make([]Hash256, 0, (count+part-1)/part)
	for at := 0; at < count; at += part {
		n := min(part, count-at)
		for i := range n {
			nodes[i] = Hash256(layer[(at+i)*size:])
		}
		tops = append(tops, Root(nodes[:n], pad, width))
	}
	return Root(tops, Root(nil, pad, width), ceilPow2(len(tops)))
}

// PieceRoot returns the merkle root of piece p of a v2 or hybrid torrent. For
// a file of one piece that is the file's root; for others it is in the file's
// piece layer, and the result is false if layers does not have that.
func (i *Info) PieceRoot(p int, layers map[Hash256][]byte) (Hash256, bool) {
	start := int64(p) * i.PieceLength
	f := &i.Files[i.FileAt(start)]
	if f.Length <= i.PieceLength {
		return f.PiecesRoot, i.v2
	}
	layer, ok := layers[f.PiecesRoot]
	at := int((start - f.Offset) / i.PieceLength * int64(len(Hash256{})))
	if !ok || at+len(Hash256{}) > len(layer) {
		return Hash256{}, false
	}
	return Hash256(layer[at:]), true
}
