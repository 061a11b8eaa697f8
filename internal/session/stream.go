package session

import (
	"errors"
	"fmt"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// ErrNotOneFile says that AddOptions.Stream is set and not exactly one file is wanted.
var ErrNotOneFile = errors.New("a stream carries one file")

// stream is the storage of a torrent that goes to AddOptions.Stream.
type stream struct {
	*disk.Stream
	file int
}

// openStream makes a storage that keeps nothing.
func (t *Torrent) openStream(info *metainfo.Info, layers map[metainfo.Hash256][]byte) (swarm.Storage, error) {
	file, err := t.streamed(info)
	if err != nil {
		return nil, err
	}
	s := &stream{file: file}
	s.Stream = disk.NewStream(info, disk.StreamOptions{
		File: file, To: t.opts.Stream, Memory: t.s.memory, Layers: layers,
		OnMoved: func(_, limit int) { t.swarm.Window(limit) },
		OnGone:  t.swarm.Lost,
		OnEnd: func(err error) {
			if err != nil {
				t.swarm.Fail(err)
				return
			}
			t.events.put(Event{Kind: FileDone, File: file})
			t.swarm.FileNamed()
		},
	})
	t.mu.Lock()
	t.streaming = s
	t.mu.Unlock()
	return s, nil
}

// streamed is the one file that is wanted.
func (t *Torrent) streamed(info *metainfo.Info) (file int, err error) {
	var picked []bool
	if t.opts.Select != nil {
		if picked, err = t.opts.Select(info); err != nil {
			return 0, err
		}
	}
	n := 0
	for i := range info.Files {
		if f := &info.Files[i]; !f.Pad && f.Target == nil && (picked == nil || picked[i]) {
			file, n = i, n+1
		}
	}
	if n != 1 {
		return 0, fmt.Errorf("%w: %d are wanted", ErrNotOneFile, n)
	}
	return file, nil
}

// blocked reports whether the reader of a stream takes nothing.
func (t *Torrent) blocked() bool {
	t.mu.Lock()
	s := t.streaming
	t.mu.Unlock()
	return s != nil && s.Waiting()
}
