package metainfo

// encodeInfo writes an info dictionary. An Info that was parsed keeps its own
// bytes; this is for new ones.
func encodeInfo(i *Info) []byte {
	b := make([]byte, 0, len(i.pieces)+100*len(i.Files)+200)
	b = append(b, 'd')
	if i.v2 {
		b = appendString(b, "file tree")
		b = appendTree(b, i.Files)
	}
	switch {
	case i.pieces == nil:
	case i.single:
		b = appendString(b, "length")
		b = appendInt(b, i.Files[0].Length)
	default:
		b = appendString(b, "files")
		b = appendFiles(b, i.Files)
	}
	if i.v2 {
		b = appendString(b, "meta version")
		b = appendInt(b, 2)
	}
	b = appendString(b, "name")
	b = appendString(b, i.Name)
	b = appendString(b, "piece length")
	b = appendInt(b, i.PieceLength)
	if i.pieces != nil {
		b = appendString(b, "pieces")
		b = appendString(b, i.pieces)
	}
	if i.Private {
		b = appendString(b, "private")
		b = appendInt(b, 1)
	}
	if i.Source != "" {
		b = appendString(b, "source")
		b = appendString(b, i.Source)
	}
	return append(b, 'e')
}

// appendFiles writes the list of files of a v1 torrent.
func appendFiles(b []byte, files []File) []byte {
	b = append(b, 'l')
	for n := range files {
		b = append(b, 'd')
		switch {
		case files[n].Pad:
			b = appendString(b, "attr")
			b = appendString(b, "p")
		case files[n].Target != nil:
			b = appendString(b, "attr")
			b = appendString(b, "l")
		}
		b = appendString(b, "length")
		b = appendInt(b, files[n].Length)
		b = appendString(b, "path")
		b = appendStrings(b, files[n].Path)
		if files[n].Target != nil {
			b = appendString(b, "symlink path")
			b = appendStrings(b, files[n].Target)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// appendTree writes the file tree of a v2 torrent. Files have to be in its
// order.
func appendTree(b []byte, files []File) []byte {
	b = append(b, 'd')
	var open []string // the folders around the current place
	for n := range files {
		f := &files[n]
		if f.Pad {
			continue
		}
		folders, name := f.Path[:len(f.Path)-1], f.Path[len(f.Path)-1]
		same := commonPrefix(open, folders)
		for range open[same:] {
			b = append(b, 'e')
		}
		for _, folder := range folders[same:] {
			b = append(appendString(b, folder), 'd')
		}
		open = folders
		b = append(appendString(b, name), "d0:d"...)
		if f.Target != nil {
			b = appendString(b, "attr")
			b = appendString(b, "l")
			b = appendString(b, "symlink path")
			b = append(appendStrings(b, f.Target), "ee"...)
			continue
		}
		b = appendString(b, "length")
		b = appendInt(b, f.Length)
		if f.Length > 0 {
			b = appendString(b, "pieces root")
			b = appendString(b, f.PiecesRoot[:])
		}
		b = append(b, "ee"...)
	}
	for range open {
		b = append(b, 'e')
	}
	return append(b, 'e')
}

// commonPrefix returns how many elements two paths start with in common.
func commonPrefix(a, b []string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
