package cli

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// torrentLimit is --max-torrent: how large a .torrent may be. The zero value is the default.
type torrentLimit struct{ size config.Size }

func (l *torrentLimit) addFlag(fs *pflag.FlagSet) {
	fs.Var(&l.size, "max-torrent", "accept a .torrent of up to this `SIZE` (10 MB)")
}

// bytes is how many bytes of a .torrent are read.
func (l torrentLimit) bytes() int64 {
	if l.size > 0 {
		return int64(l.size)
	}
	return metainfo.DefaultSize
}

// limits are those of the parser. Who accepts a larger torrent accepts more values in it.
func (l torrentLimit) limits() metainfo.Limits {
	return metainfo.Limits{Size: l.bytes(), Tokens: max(metainfo.DefaultTokens, int(l.bytes()/4))}
}

// parse reads a torrent that came from a pipe or from the web.
func (l torrentLimit) parse(b []byte) (*metainfo.Metainfo, error) {
	if int64(len(b)) > l.bytes() {
		return nil, l.tooLarge()
	}
	return metainfo.ParseWith(b, l.limits())
}

// load reads a torrent from a file.
func (l torrentLimit) load(path string) (*metainfo.Metainfo, error) {
	if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Size() > l.bytes() {
		return nil, l.tooLarge()
	}
	return metainfo.LoadWith(path, l.limits())
}

// tooLarge is the error for a torrent beyond the limit.
func (l torrentLimit) tooLarge() error {
	return hinted(fmt.Errorf("%w (%d bytes)", errTooLarge, l.bytes()), "if you trust it, --max-torrent SIZE accepts larger ones")
}
