package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// runPerItem makes a torrent of each entry of a folder. One that fails does not stop the others; the
// first failure is returned.
func runPerItem(ctx context.Context, env Env, o *createOptions, term *ui.IO, folder string) error {
	switch {
	case o.output == "-":
		return usagef("--output -: there are several torrents to write")
	case o.create.name != "":
		return usagef("--name %s: there are several torrents to name", o.create.name)
	}
	if o.output == "" {
		o.output = "."
	}
	if err := wantFolder(env, o.output); err != nil {
		return err
	}
	items, err := itemsOf(env, o, folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(env.path(o.output), 0o777); err != nil {
		return about(o.output, &createError{err})
	}
	var first error
	for _, name := range items {
		path := filepath.Join(folder, name)
		err := o.one(ctx, env, term, path, filepath.Join(o.output, name+".torrent"))
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return causeOf(ctx, err)
		case errors.Is(err, metainfo.ErrNoFiles):
			term.Warn(path + ": no files to share")
			continue
		}
		term.Error(verbError("create", err), hintOf(err))
		if first == nil {
			first = told(err)
		}
	}
	return first
}

// itemsOf lists the entries of a folder that are to become torrents: those that the patterns do not
// leave out, and that are neither junk nor torrents which an earlier run has put among them.
func itemsOf(env Env, o *createOptions, folder string) ([]string, error) {
	entries, err := os.ReadDir(env.path(folder))
	if err != nil {
		return nil, about(folder, err)
	}
	exclude, err := globs("exclude", o.create.exclude)
	if err != nil {
		return nil, err
	}
	include, err := globs("include", o.create.include)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		isDir := e.IsDir()
		if st, err := os.Stat(filepath.Join(env.path(folder), name)); err == nil {
			isDir = st.IsDir()
		}
		fits := func(re *regexp.Regexp) bool { return re.MatchString(name) }
		switch {
		case slices.ContainsFunc(exclude, fits):
		case !isDir && len(include) > 0 && !slices.ContainsFunc(include, fits):
		case !o.create.keepJunk && metainfo.IsJunk(name):
		default:
			names = append(names, name)
		}
	}
	all := slices.Clone(names)
	names = slices.DeleteFunc(names, func(name string) bool {
		of, ok := strings.CutSuffix(name, ".torrent")
		return ok && slices.Contains(all, of)
	})
	if len(names) == 0 {
		return nil, about(folder, &usageError{metainfo.ErrNoFiles})
	}
	return names, nil
}

// globs compiles the patterns of a flag.
func globs(flag string, patterns []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, p := range patterns {
		re, err := globRegexp(p)
		if err != nil {
			return nil, usagef("--%s %s: malformed glob", flag, p)
		}
		all = append(all, re)
	}
	return all, nil
}
