package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/ui"
)

// blocklistTime is how long a blocklist from the web may take.
const blocklistTime = 2 * time.Minute

// blocklist is the list of those who are not to be peers: a file, or an address on the web.
type blocklist struct {
	env  Env
	name string // "" is none
	web  fetcher
	term *ui.IO
}

func newBlocklist(env Env, flags *networkFlags, term *ui.IO) *blocklist {
	return &blocklist{env: env, name: flags.blocklist, web: flags.fetcher(), term: term}
}

// read reads the list, and says what of it was not understood. Without the list that was asked for
// nothing is done.
func (b *blocklist) read(ctx context.Context) (*network.Blocklist, error) {
	if b.name == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, blocklistTime, errors.New("it takes too long"))
	defer cancel()
	in, err := b.open(ctx)
	if err != nil {
		return nil, about("--blocklist "+publicSource(b.name), causeOf(ctx, err))
	}
	defer in.Close()
	list, err := network.ReadBlocklist(in)
	if err != nil {
		return nil, about("--blocklist "+publicSource(b.name), causeOf(ctx, err))
	}
	if n := list.Bad(); n > 0 {
		b.term.Warn(fmt.Sprintf("--blocklist %s: %s not understood and passed over; %s in use", publicSource(b.name),
			ui.Count(int64(n))+" lines", ui.Count(int64(list.Ranges()))+" ranges"))
	}
	return list, nil
}

func (b *blocklist) open(ctx context.Context) (io.ReadCloser, error) {
	if isWeb(b.name) {
		return b.web.open(ctx, b.name)
	}
	f, err := os.Open(b.env.path(b.name))
	var p *fs.PathError
	if errors.As(err, &p) {
		err = &fs.PathError{Op: p.Op, Path: b.name, Err: p.Err} // under the name that the user knows
	}
	return f, err
}
