package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/manifest"
)

// manifestOptions is a set of flags with those of get that a manifest may give to one torrent: what is about the
// process as a whole, or about its output, is left out.
func manifestOptions() (*getOptions, *pflag.FlagSet) {
	o := &getOptions{}
	all, fs := pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	o.addFlags(all)
	var network networkFlags
	process := pflag.NewFlagSet("", pflag.ContinueOnError)
	network.addFlags(process)
	network.addPeerFlags(process)
	(&termFlags{}).addFlags(process)
	(&termFlags{}).addJSON(process)
	(&termFlags{}).addProgress(process)
	(&termFlags{}).addVerbose(process)
	all.VisitAll(func(f *pflag.Flag) {
		if process.Lookup(f.Name) == nil && !slices.Contains([]string{"output", "input-file", "list", "jobs", "watch"}, f.Name) {
			fs.AddFlag(f)
		}
	})
	return o, fs
}

// manifestOptionNames lists them for the help.
func manifestOptionNames() string {
	_, fs := manifestOptions()
	return filled(strings.Join(flagNames(fs), ", "), 100)
}

// manifestDefaults are the flags of apply that hold for every torrent which a manifest says nothing else of.
func manifestDefaults(fs *pflag.FlagSet) flagValues {
	_, options := manifestOptions()
	values := flagValues{}
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Changed && options.Lookup(f.Name) != nil {
			values[f.Name] = valuesOf(f)
		}
	})
	return values
}

// networkValues are the flags of apply that a later resume needs beside those of a torrent.
func networkValues(env Env, fs *pflag.FlagSet) flagValues {
	_, options := manifestOptions()
	values := givenFlags(fs)
	maps.DeleteFunc(values, func(name string, _ []string) bool {
		return options.Lookup(name) != nil || slices.Contains([]string{"dry-run", "watch", "every", "no-seed"}, name)
	})
	if list := values["blocklist"]; len(list) == 1 && !isWeb(list[0]) {
		values["blocklist"] = []string{absolute(env.path(list[0]))}
	}
	return values
}

// manifestReader makes orders of a manifest, as often as it is asked.
type manifestReader struct {
	env     Env
	path    string
	flags   flagValues // of apply, for what the manifest does not say
	network flagValues // of apply, for records
	noSeed  bool
	run     *getOptions // of apply: the network
}

// read reads the manifest. Whatever is wrong with it is an error that names the line, and there are no orders then.
func (r *manifestReader) read() ([]order, error) {
	m, err := manifest.Load(r.env.path(r.path))
	if err != nil {
		return nil, r.shown(err)
	}
	_, fs := manifestOptions()
	err = m.Check(func(name string) (bool, bool) {
		f := fs.Lookup(name)
		if f == nil {
			return false, false
		}
		_, repeatable := f.Value.(pflag.SliceValue)
		return true, repeatable
	}, func(name string) string {
		return closestName(name, append(flagNames(fs), "source", "dir", "name", "labels"))
	})
	if err != nil {
		return nil, r.shown(err)
	}
	env := r.env
	env.Dir = filepath.Dir(absolute(r.env.path(r.path)))
	orders := make([]order, len(m.Torrents))
	seen := map[string]int{}
	for i, t := range m.Torrents {
		if orders[i], err = r.order(env, t); err != nil {
			return nil, r.shown(err)
		}
		key := strings.Join([]string{t.Source, orders[i].dir, t.Name}, "\x00")
		if line, twice := seen[key]; twice {
			return nil, r.shown(&manifest.Error{Line: t.Line, Err: fmt.Errorf("the same source and place as in line %d", line)})
		}
		seen[key] = t.Line
	}
	return orders, nil
}

// shown gives an error the path that the user knows.
func (r *manifestReader) shown(err error) error {
	var at *manifest.Error
	if errors.As(err, &at) {
		return &manifest.Error{Path: r.path, Line: at.Line, Err: at.Err}
	}
	return err
}

// order makes an order of one torrent.
func (r *manifestReader) order(env Env, t manifest.Torrent) (order, error) {
	o, fs := manifestOptions()
	values := flagValues{}
	ownSeed := slices.ContainsFunc(t.Options, func(o manifest.Option) bool { return ofSeed(o.Name) })
	for name, v := range r.flags {
		if !(ownSeed && ofSeed(name)) {
			values[name] = v
		}
	}
	if err := values.set(fs); err != nil {
		return order{}, err
	}
	for _, option := range t.Options {
		values[option.Name] = option.Values
		if err := (flagValues{option.Name: option.Values}).set(fs); err != nil {
			return order{}, &manifest.Error{Line: option.Line, Err: fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "--"))}
		}
	}
	o.output, o.network, o.term, o.jobs = ".", r.run.network, r.run.term, r.run.jobs
	if err := o.finish(env); err != nil {
		return order{}, &manifest.Error{Line: t.Line, Err: fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "--"))}
	}
	d := order{
		o: o, env: env, source: source{text: t.Source}, dir: absolute(env.path(t.Dir)), name: t.Name, labels: t.Labels,
		selection: o.selection, policy: o.policy, seed: o.seed, never: r.noSeed, limit: time.Duration(o.timeout),
		lasting: true, flags: flagValues{},
	}
	if t.Source == "-" {
		return order{}, &manifest.Error{Line: t.Line, Err: errors.New("- is stdin, which a manifest cannot read twice")}
	}
	for _, from := range []flagValues{values, r.network} {
		for name, v := range from {
			if !slices.Contains(oncely, name) {
				d.flags[name] = v
			}
		}
	}
	d.key = strings.Join([]string{t.Source, d.dir, t.Name, strings.Join(t.Labels, "\x01"), values.text()}, "\x00")
	return d, nil
}

// ofSeed says whether a flag is about how a torrent is seeded.
func ofSeed(name string) bool { return name == "seed" || strings.HasPrefix(name, "seed-") }

// text writes flags in one line, the same for the same flags.
func (v flagValues) text() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(v)) {
		b.WriteString(name + "=" + strings.Join(v[name], "\x01") + "\x02")
	}
	return b.String()
}
