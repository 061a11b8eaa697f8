package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// FlagSet is what Apply and Check need of a command's flags; *pflag.FlagSet is one.
type FlagSet interface {
	VisitAll(func(*pflag.Flag))
	Lookup(name string) *pflag.Flag
	Set(name, value string) error
	Changed(name string) bool
}

// ValueError is a value from the file or the environment that its flag refuses.
type ValueError struct {
	Source string // "SHOAL_DOWN" or "/home/u/.config/shoal/config.toml:3"
	Flag   string // without dashes
	Err    error
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("set --%s from %s: %v", e.Flag, e.Source, e.Err)
}

func (e *ValueError) Unwrap() error { return e.Err }

// notSettings are flags that ask for something once and are no settings to keep.
var notSettings = []string{"help", "version"}

// typeOnly is the annotation of other flags that are no settings.
const typeOnly = "config_type_only"

// TypeOnly marks a flag that counts only if it was typed: neither the environment nor the file sets
// it, even if a flag of another command has the same name.
func TypeOnly(flag *pflag.Flag) {
	if flag.Annotations == nil {
		flag.Annotations = map[string][]string{}
	}
	flag.Annotations[typeOnly] = []string{"true"}
}

// IsSetting says whether a flag is a setting that the environment and the file may hold.
func IsSetting(flag *pflag.Flag) bool { return isSetting(flag) }

// isSetting says whether a flag is a setting to keep.
func isSetting(flag *pflag.Flag) bool {
	return !slices.Contains(notSettings, flag.Name) && flag.Annotations[typeOnly] == nil
}

// Variable is the environment variable of a flag: SHOAL_MAX_PEERS for max-peers.
func Variable(flag string) string {
	return "SHOAL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// PresetError is a preset that was asked for and is not in the file.
type PresetError struct {
	Name  string
	File  string   // "" where there is none
	Known []string // the presets that there are
}

func (e *PresetError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("no preset %q: there is no configuration file", e.Name)
	}
	return fmt.Sprintf("no preset %q: %s has no table [%s]", e.Name, e.File, presetTable(e.Name))
}

// Apply gives the flags that were not typed their values from the environment, or else from the
// preset that the flag --preset names, or else from the command's table in the file, or else from the
// file's top level. A variable that is set but empty
// counts as unset. One source sets a flag as a whole: lists do not add up over sources. A flag that
// may be repeated takes its variable one value a line, or one a word where it is a single line.
// Refused values are *ValueError, a preset that there is not is a *PresetError.
func Apply(fs FlagSet, command string, file *File, env Getenv) error {
	tables := []string{command, ""}
	if flag := fs.Lookup(presetFlag); flag != nil {
		if err := apply(fs, flag, file, tables, env); err != nil {
			return err
		}
		if name := flag.Value.String(); name != "" {
			if err := file.hasPreset(name); err != nil {
				return err
			}
			tables = append([]string{presetTable(name)}, tables...)
		}
	}
	var errs []error
	fs.VisitAll(func(flag *pflag.Flag) {
		if err := apply(fs, flag, file, tables, env); err != nil {
			errs = append(errs, err)
		}
	})
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}

// apply gives one flag its value, if it was not typed.
func apply(fs FlagSet, flag *pflag.Flag, file *File, tables []string, env Getenv) error {
	if fs.Changed(flag.Name) || !isSetting(flag) {
		return nil
	}
	values, source := fromEnv(flag, env)
	if source == "" {
		values, source = file.lookup(tables, flag)
	}
	if source == "" {
		return nil
	}
	if err := set(fs, flag, values); err != nil {
		return &ValueError{source, flag.Name, err}
	}
	return nil
}

// hasPreset is an error unless the file has a preset of that name.
func (f *File) hasPreset(name string) error {
	if f == nil {
		return &PresetError{Name: name}
	}
	if !slices.Contains(f.presets, name) {
		return &PresetError{name, f.path, f.presets}
	}
	return nil
}

// fromEnv returns a flag's values from its variable, and the variable's name as their source.
func fromEnv(flag *pflag.Flag, env Getenv) (values []string, source string) {
	name := Variable(flag.Name)
	text, _ := env(name)
	if text == "" {
		return nil, ""
	}
	if !repeatable(flag) {
		return []string{text}, name
	}
	if strings.Contains(text, "\n") {
		values = slices.DeleteFunc(strings.Split(text, "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	} else {
		values = strings.Fields(text)
	}
	return values, name
}

// lookup returns a flag's values from the first of the file's tables that has it, and file:line as
// their source.
func (f *File) lookup(tables []string, flag *pflag.Flag) (values []string, source string) {
	if f == nil {
		return nil, ""
	}
	for _, table := range tables {
		for _, e := range f.entries {
			if e.command == table && e.flag == flag.Name {
				return e.values, fmt.Sprintf("%s:%d", f.path, e.line)
			}
		}
	}
	return nil, ""
}

// repeatable says whether a flag collects values when it is given several times.
func repeatable(flag *pflag.Flag) bool {
	_, ok := flag.Value.(pflag.SliceValue)
	return ok
}

// set gives a flag its values as if they had been typed.
func set(fs FlagSet, flag *pflag.Flag, values []string) error {
	if len(values) != 1 && !repeatable(flag) {
		return errors.New("a list where one value is wanted")
	}
	if s, ok := flag.Value.(pflag.SliceValue); ok && len(values) == 0 {
		return s.Replace(nil)
	}
	for _, v := range values {
		if err := fs.Set(flag.Name, v); err != nil {
			return refusal(v, err)
		}
	}
	return nil
}

// refusal is why a flag did not take a value: what FlagSet says of the command line is dropped, and the
// value is named where the reason does not.
func refusal(value string, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		err = invalid.Unwrap()
	}
	if quoted := strconv.Quote(value); !strings.Contains(err.Error(), quoted) {
		return fmt.Errorf("%s %w", quoted, err)
	}
	return err
}
