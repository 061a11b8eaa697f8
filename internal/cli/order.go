package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shoal-project/shoal/internal/sourcelist"
	"github.com/shoal-project/shoal/internal/ui"
)

// order is one source of get with what is wanted of it: the flags, unless a list says otherwise.
type order struct {
	o         *getOptions // what holds for it; those of the run, or its own
	env       Env         // what relative paths are meant from
	source    source
	verb      string // that began it; "" is the run\'s
	dir       string // the folder; "" is as --output says
	name      string // instead of the torrent's own; "" keeps it
	selection selection
	chosen    bool // the selection is the list's
	policy    seedPolicy
	seed      bool          // serve it after it is complete, however long
	never     bool          // do not, whatever else is said
	err       error         // what was wrong with its options: it fails with that
	limit     time.Duration // for downloading it alone; 0 is none
	alone     bool          // --output may be the name of the file that it is
	labels    []string      // what the user calls it by
	lasting   bool          // it was seeded for good once its policy was met, and is not seeded again
	key       string        // apply: all that the manifest says of it
	flags     flagValues    // as they were given
	network   string        // which of the engines of the run works on it; "" where there is one
}

// web is what a torrent on the web is fetched with.
func (d *order) web() fetcher {
	f := d.o.network.fetcher()
	f.limit = d.o.limit
	return f
}

// stays says whether it is served after it is complete.
func (d *order) stays() bool { return !d.never && (d.seed || d.policy.limited()) }

// orderer makes orders of arguments and lists.
type orderer struct {
	env    Env
	o      *getOptions
	term   *ui.IO
	all    []order
	warned map[string]bool // options that are not known
}

// newOrders reads what is to be got: the arguments, then the list of --input-file.
func newOrders(env Env, o *getOptions, args []string, term *ui.IO) ([]order, error) {
	r := &orderer{env: env, o: o, term: term, warned: map[string]bool{}}
	for _, arg := range args {
		if err := r.argument(arg); err != nil {
			return nil, err
		}
	}
	if o.input != "" {
		if err := r.file(o.input); err != nil {
			return nil, err
		}
	}
	if len(r.all) == 1 {
		r.all[0].alone = true
	}
	return r.all, nil
}

// plain is an order of a source about which the flags say everything.
func (r *orderer) plain(s source) order {
	return order{o: r.o, env: r.env, source: s, selection: r.o.selection, policy: r.o.policy, seed: r.o.seed, flags: r.o.given}
}

// argument takes in one SOURCE.
func (r *orderer) argument(arg string) error {
	if arg == "-" {
		torrent, list, err := readStdin(r.env, r.o.limit)
		if torrent != nil {
			r.all = append(r.all, r.plain(source{text: arg, content: torrent}))
		}
		r.list("stdin", list)
		return err
	}
	files, err := expandGlob(r.env, arg)
	if err != nil {
		return err
	}
	for _, file := range files {
		r.all = append(r.all, r.plain(source{text: file}))
	}
	return nil
}

// file takes in the list of --input-file.
func (r *orderer) file(name string) error {
	if name == "-" {
		torrent, list, err := readStdin(r.env, r.o.limit)
		if torrent != nil {
			return hinted(usagef("--input-file -: this is a torrent, not a list of sources"), "shoal get - takes a torrent from stdin")
		}
		r.list("stdin", list)
		return err
	}
	f, err := os.Open(r.env.path(name))
	if err != nil {
		return about(name, underName(err, name))
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := f.ReadAt(head, 0)
	if looksBencoded(head[:n]) {
		return hinted(usagef("--input-file %s: this is a torrent, not a list of sources", name), "give it without --input-file")
	}
	list, err := sourcelist.Parse(f)
	if err != nil {
		return about(name, underName(listError(err), name))
	}
	if len(list) == 0 {
		return usagef("--input-file %s: no source in it", name)
	}
	r.list(name, list)
	return nil
}

// list takes in the entries of a list.
func (r *orderer) list(name string, list []sourcelist.Entry) {
	for _, e := range list {
		d := r.plain(listedSource(e))
		for _, option := range e.Options {
			known, err := d.apply(option)
			switch {
			case !known && !r.warned[option.Name]:
				r.warned[option.Name] = true
				r.term.Warn(fmt.Sprintf("%s:%d: the option %s is not known and passed over", name, option.Line, option.Name))
			case err != nil && d.err == nil:
				d.err = usagef("%s=%s (line %d): %w", option.Name, option.Value, option.Line, err)
			}
		}
		r.all = append(r.all, d)
	}
}

// expandGlob is an argument as it is, or the files that it matches if it is a glob that no shell has
// expanded.
func expandGlob(env Env, arg string) ([]string, error) {
	if !strings.ContainsAny(arg, "*?[") || isMagnet(arg) || urlScheme.MatchString(arg) {
		return []string{arg}, nil
	}
	if _, err := os.Lstat(env.path(arg)); err == nil {
		return []string{arg}, nil
	}
	found, err := filepath.Glob(env.path(arg))
	switch {
	case err != nil:
		return nil, usagef("%s: malformed glob", arg)
	case len(found) == 0:
		return []string{arg}, nil // no such file: it is told with the others
	}
	if env.Dir != "" && !filepath.IsAbs(arg) {
		for i := range found {
			if rel, err := filepath.Rel(env.Dir, found[i]); err == nil {
				found[i] = rel
			}
		}
	}
	return found, nil
}
