package disk

import (
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// maxTorrentFile is the largest kept .torrent that is read back, in bytes.
const maxTorrentFile = 1 << 28

// SaveTorrent keeps a torrent's metadata beside its state, so that a download by magnet link that was killed goes on
// without asking peers for it again. What is there already stays. target is the absolute path of the content.
func SaveTorrent(stateDir string, m *metainfo.Metainfo, target string) error {
	f := newStateFiles(stateDir, infoKey(m.Info), filepath.Clean(target))
	if !f.kept() || loadTorrent(f.path(torrentSuffix), infoKey(m.Info)) != nil {
		return nil
	}
	return f.replace(torrentSuffix, m.Bytes())
}

// FindTorrent looks up metadata that SaveTorrent kept: for this target if there is one, else for any (the infohash proves the
// content). target may be "". It returns nil where there is none, or none that is right.
func FindTorrent(stateDir string, hash metainfo.Hash, target string) *metainfo.Metainfo {
	if stateDir == "" {
		return nil
	}
	if target != "" {
		f := newStateFiles(stateDir, hash, filepath.Clean(target))
		if m := loadTorrent(f.path(torrentSuffix), hash); m != nil {
			return m
		}
	}
	entries, _ := os.ReadDir(stateDir)
	for _, e := range entries {
		match, _ := filepath.Match(hash.String()+"-????????"+torrentSuffix, e.Name())
		if !match {
			continue
		}
		if m := loadTorrent(filepath.Join(stateDir, e.Name()), hash); m != nil {
			return m
		}
	}
	return nil
}

func loadTorrent(path string, hash metainfo.Hash) *metainfo.Metainfo {
	b, err := readBounded(path, maxTorrentFile)
	if err != nil {
		return nil
	}
	m, err := metainfo.Parse(b)
	if err != nil || infoKey(m.Info) != hash {
		return nil
	}
	return m
}
