package disk

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	partSuffix = ".part"
	nameMax    = 255 // bytes of a path element on common file systems
)

// The temporary names that a file may have, in the order in which they are tried.
const (
	tempPlain  = iota // NAME.part
	tempTagged        // NAME.INFOHASH8.part: where NAME.part is somebody else's
	tempShort         // .HASH16.part: where names have to be short
	tempNames
)

// layout knows the name of every file. It does no I/O. Folders are relative to dir.
type layout struct {
	info  *metainfo.Info
	dir   string
	name  string
	tag   string           // 8 hex digits of the infohash
	clash map[int]struct{} // files whose NAME.part is a file or folder of the torrent itself
}

func newLayout(info *metainfo.Info, dir, name string) (layout, error) {
	if name == "" {
		name = info.Name
	}
	if name == "." || !filepath.IsLocal(name) || filepath.Base(name) != name {
		return layout{}, fmt.Errorf("name %q: want one path element", name)
	}
	if !filepath.IsAbs(dir) {
		return layout{}, errors.New("the folder has to be an absolute path")
	}
	hash := infoKey(info)
	l := layout{info: info, dir: filepath.Clean(dir), name: name, tag: hex.EncodeToString(hash[:4])}
	l.findClashes()
	return l, nil
}

// infoKey is the infohash that names a torrent in file names: the v1 one, or the first 20 bytes of the v2 one where
// there is no other.
func infoKey(info *metainfo.Info) metainfo.Hash {
	if h, ok := info.InfoHashV2(); ok && !info.HasV1() {
		return metainfo.Hash(h[:20])
	}
	return info.InfoHash()
}

// target is where the content lies: a file or a folder.
func (l *layout) target() string { return filepath.Join(l.dir, l.name) }

// folder is the folder of file i, relative to dir.
func (l *layout) folder(i int) string {
	if l.info.SingleFile() {
		return "."
	}
	path := l.info.Files[i].Path
	if len(path) == 1 {
		return l.name
	}
	return l.name + string(filepath.Separator) + filepath.Join(path[:len(path)-1]...)
}

// base is the final name of file i within its folder.
func (l *layout) base(i int) string {
	if l.info.SingleFile() {
		return l.name
	}
	path := l.info.Files[i].Path
	return path[len(path)-1]
}

// path is the final name of file i, absolute.
func (l *layout) path(i int) string {
	return filepath.Join(l.dir, l.folder(i), l.base(i))
}

// temp is a temporary name of file i within its folder, "" where that kind of name cannot be had.
func (l *layout) temp(i, kind int) string {
	base := l.base(i)
	switch kind {
	case tempPlain:
		if _, taken := l.clash[i]; taken || len(base)+len(partSuffix) > nameMax {
			return ""
		}
		return base + partSuffix
	case tempTagged:
		if len(base)+len(l.tag)+1+len(partSuffix) > nameMax {
			return ""
		}
		return base + "." + l.tag + partSuffix
	}
	h := infoKey(l.info)
	sum := sha1.Sum(append(h[:], base...))
	return "." + hex.EncodeToString(sum[:8]) + partSuffix
}

// findClashes looks for files whose NAME.part is a name of the torrent too. Names that differ in case only are
// taken for one: on some file systems they are.
func (l *layout) findClashes() {
	parts := make(map[string]struct{})
	for i := range l.info.Files {
		path := l.info.Files[i].Path
		for n, element := range path {
			if hasPartSuffix(element) {
				parts[fold(path[:n+1])] = struct{}{}
			}
		}
	}
	if len(parts) == 0 {
		return
	}
	l.clash = make(map[int]struct{})
	for i := range l.info.Files {
		path := l.info.Files[i].Path
		if _, found := parts[fold(path)+partSuffix]; found {
			l.clash[i] = struct{}{}
		}
	}
}

func hasPartSuffix(s string) bool {
	return len(s) >= len(partSuffix) && strings.EqualFold(s[len(s)-len(partSuffix):], partSuffix)
}

func fold(path []string) string {
	s := strings.Join(path, "/")
	if !utf8.ValidString(s) {
		return s
	}
	return strings.ToLower(s)
}
