package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// Check refuses keys that name no flag and tables that name no command, so that a slip of the pen
// does not go unnoticed for a year. The map holds the flags of every command by its name; a key at
// the top level must be a flag of at least one of them. Faults are *FileError, that of the first line.
func (f *File) Check(commands map[string]FlagSet) error {
	if f == nil {
		return nil
	}
	for _, e := range f.entries {
		if err := e.check(commands); err != nil {
			return f.fault(e.line, err)
		}
	}
	return nil
}

func (e entry) check(commands map[string]FlagSet) error {
	if e.command == "" {
		for _, fs := range commands {
			if setting(fs, e.flag) {
				return nil
			}
		}
		return fmt.Errorf("no command has a flag %q%s", e.flag, suggest(e.flag, commands))
	}
	if name, ok := strings.CutPrefix(e.command, presetTable("")); ok {
		return e.checkPreset(name, commands)
	}
	fs, ok := commands[e.command]
	switch {
	case e.command == presets:
		return fmt.Errorf("%s: the keys of a preset stand in a table [%s]", e.flag, presetTable("NAME"))
	case !ok:
		return fmt.Errorf("there is no command %q", e.command)
	case !setting(fs, e.flag):
		return fmt.Errorf("command %s has no flag %q%s", e.command, e.flag, suggest(e.flag, map[string]FlagSet{e.command: fs}))
	case e.list && !repeatable(fs.Lookup(e.flag)):
		return errors.New(e.flag + ": a list where one value is wanted")
	}
	return nil
}

// checkPreset checks a key of a preset: a flag of a command that takes presets.
func (e entry) checkPreset(name string, commands map[string]FlagSet) error {
	takers := map[string]FlagSet{}
	for command, fs := range commands {
		if fs.Lookup(presetFlag) == nil {
			continue
		}
		takers[command] = fs
		if e.flag == presetFlag || !setting(fs, e.flag) {
			continue
		}
		if e.list && !repeatable(fs.Lookup(e.flag)) {
			return errors.New(e.flag + ": a list where one value is wanted")
		}
		return nil
	}
	return fmt.Errorf("preset %s: there is no flag %q for it%s", name, e.flag, suggest(e.flag, takers))
}

// setting says whether a flag of that name is there and may be kept in a file.
func setting(fs FlagSet, name string) bool {
	flag := fs.Lookup(name)
	return flag != nil && isSetting(flag)
}

// suggest names the flag that was perhaps meant: the closest one, within two slips.
func suggest(name string, commands map[string]FlagSet) string {
	best, distance := "", 3
	for _, fs := range commands {
		fs.VisitAll(func(flag *pflag.Flag) {
			d := slips(name, flag.Name)
			if !isSetting(flag) {
				return
			}
			if d < distance || d == distance && flag.Name < best {
				best, distance = flag.Name, d
			}
		})
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// slips is how many letters must be added, dropped or changed to turn a into b (Levenshtein).
func slips(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
