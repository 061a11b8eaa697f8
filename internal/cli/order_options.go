package cli

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/seedrule"
	"github.com/shoal-project/shoal/internal/sourcelist"
)

// orderOptions are what may stand below a source in a list, and what it changes of the order. Those that
// aria2 has mean what they mean there.
var orderOptions = map[string]func(d *order, value string) error{
	"dir":         setDir,
	"out":         setOut,
	"select-file": setFiles,
	"select":      addSelect,
	"seed-ratio":  setRatio,
	"seed-time":   setTime,
	"seed-until":  setUntil,
}

// apply changes an order as an option of a list says; known is false where there is no such option.
func (d *order) apply(o sourcelist.Option) (known bool, err error) {
	set := orderOptions[o.Name]
	if set == nil {
		return false, nil
	}
	return true, set(d, o.Value)
}

func setDir(d *order, value string) error {
	if value == "" {
		return errors.New("want a folder")
	}
	d.dir = value
	return nil
}

// setOut takes the name for the content, below the folder. A list may come from elsewhere, so the name
// stays below it: dir= is there for the rest.
func setOut(d *order, value string) error {
	name := filepath.FromSlash(value)
	if !filepath.IsLocal(name) || filepath.Clean(name) == "." || endsInSeparator(name) {
		return errors.New("want the name of a file, or a path below the folder")
	}
	d.name = filepath.Clean(name)
	return nil
}

// setFiles takes numbers and ranges of them, as aria2 has them.
func setFiles(d *order, value string) error {
	value = strings.ReplaceAll(value, " ", "")
	if !indexSpec.MatchString(value) {
		return errors.New("want numbers of files, as 1,3-5")
	}
	return addSelect(d, value)
}

// addSelect takes what --select takes, and may stand several times. It replaces what the flags say.
func addSelect(d *order, value string) error {
	sel, err := parseSelection([]string{value})
	if !d.chosen {
		d.selection, d.chosen = nil, true
	}
	d.selection = append(d.selection, sel...)
	return err
}

func setRatio(d *order, value string) error {
	ratio, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ratio >= 0) || ratio > maxRatio {
		return errors.New("want a number, not negative")
	}
	d.policy.ratio = ratio
	return nil
}

// setTime takes a time. 0 means not to seed at all, as aria2 has it.
func setTime(d *order, value string) error {
	t, err := config.ParseDuration(value)
	if err != nil {
		return err
	}
	d.policy.time, d.never = config.Duration(t), t == 0
	return nil
}

func setUntil(d *order, value string) error {
	rule, err := seedrule.Parse(value)
	if err != nil {
		return err
	}
	d.policy.until.rule = rule
	return nil
}
