package cli

import (
	"maps"
	"slices"

	"github.com/spf13/pflag"
)

// flagValues are values of flags by name, as they could be typed.
type flagValues map[string][]string

// oncely are flags of get that say nothing about how a transfer is to go on: how a run talks, what it does at
// once, and what a record has a place of its own for.
var oncely = []string{
	"output", "input-file", "list", "jobs", "check", "select", "seed", "seed-ratio", "seed-time", "seed-until",
	"quiet", "color", "json", "progress", "summary-interval", "verbose", "watch", "help",
}

// givenFlags are the flags that a later run needs to go on in the same way: those that were typed or set by the
// environment or the configuration file.
func givenFlags(fs *pflag.FlagSet) flagValues {
	given := flagValues{}
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Changed && !slices.Contains(oncely, f.Name) {
			given[f.Name] = valuesOf(f)
		}
	})
	return given
}

// valuesOf are the values of a flag as they could be typed.
func valuesOf(f *pflag.Flag) []string {
	switch v := f.Value.(type) {
	case interface{ remembered() string }:
		return []string{v.remembered()}
	case pflag.SliceValue:
		return append([]string{}, v.GetSlice()...)
	}
	return []string{f.Value.String()}
}

// set gives flags their values. Those that are not there any more are passed over; what a flag does not take is an
// error.
func (v flagValues) set(fs *pflag.FlagSet) error {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		f := fs.Lookup(name)
		if f == nil {
			continue
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			if err := list.Replace(nil); err != nil {
				return usagef("--%s: %w", name, err)
			}
		}
		for _, value := range v[name] {
			if err := fs.Set(name, value); err != nil {
				return flagError(nil, err)
			}
		}
	}
	return nil
}

// typedKey is the annotation of a flag that was typed, and not set by the environment or the file.
const typedKey = "typed"

// markTyped notes which flags were typed, before others are set.
func markTyped(fs *pflag.FlagSet) {
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			if f.Annotations == nil {
				f.Annotations = map[string][]string{}
			}
			f.Annotations[typedKey] = []string{"true"}
		}
	})
}

// over puts the flags of a command on top of v: what was typed always, what the environment or the file say only where
// v has nothing.
func (v flagValues) over(fs *pflag.FlagSet) flagValues {
	all := flagValues{}
	maps.Copy(all, v)
	fs.VisitAll(func(f *pflag.Flag) {
		if _, known := v[f.Name]; f.Changed && (f.Annotations[typedKey] != nil || !known) {
			all[f.Name] = valuesOf(f)
		}
	})
	return all
}
