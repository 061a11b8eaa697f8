package disk

import (
	"path/filepath"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// ForgetState removes what the state folder holds of a torrent at a target: which pieces were verified, and the metadata
// that SaveTorrent kept. The content stays, under whatever name. hash is of v1, or the beginning of the v2 one; target is the
// absolute path of the content. It fails with an *Error of the kind Locked while somebody works on the target.
func ForgetState(stateDir string, hash metainfo.Hash, target string) error {
	target = filepath.Clean(target)
	lock, err := lockTarget(stateDir, target)
	if err != nil {
		return err
	}
	defer lock.release()
	newStateFiles(stateDir, hash, target).remove()
	return nil
}
