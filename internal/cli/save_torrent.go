package cli

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// saveFlag is --save-torrent[=FILE].
type saveFlag struct {
	wanted bool
	file   string // "" is NAME.torrent in a folder that the verb chooses
}

// beside is the value of --save-torrent without one, as the help shows it.
const beside = "NAME.torrent"

func (f *saveFlag) addFlag(fs *pflag.FlagSet, usage string) {
	fs.VarPF(f, "save-torrent", "", usage).NoOptDefVal = beside
}

func (f *saveFlag) Set(s string) error {
	f.wanted, f.file = true, s
	if s == beside {
		f.file = ""
	}
	return nil
}

func (f *saveFlag) String() string { return f.file }
func (f *saveFlag) Type() string   { return "FILE" }

// save writes the torrent, unless the same one is there already. A different file is not replaced.
func (f *saveFlag) save(env Env, folder string, m *metainfo.Metainfo) error {
	if !f.wanted || m == nil {
		return nil
	}
	path := f.file
	switch {
	case path == "":
		path = filepath.Join(folder, m.Info.Name+".torrent")
	case isFolder(env, path):
		path = filepath.Join(path, m.Info.Name+".torrent")
	}
	err := writeNew(env.path(path), m.Bytes(), false)
	if errors.Is(err, fs.ErrExist) {
		there, lerr := metainfo.LoadWith(env.path(path), metainfo.Limits{Size: 1 << 30})
		if lerr == nil && there.Info.InfoHash() == m.Info.InfoHash() {
			return nil
		}
		err = fs.ErrExist
	}
	return about(path, err)
}
