package cli

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// selection is the parsed form of --select: files that match any of its rules are wanted.
type selection []selectRule

// selectRule is one SPEC of --select, in one of two forms.
type selectRule struct {
	spec    string
	indexes []indexRange   // 1-based, as --list numbers the files
	re      *regexp.Regexp // over the slash-separated path below the torrent's folder
}

// indexRange is first to last, both included; last is 0 for "to the end".
type indexRange struct{ first, last int }

var indexSpec = regexp.MustCompile(`^\d+(-\d*)?(,\d+(-\d*)?)*$`)

// parseSelection reads the values of --select: `1,3-5`, `7-`, a glob, or `re:REGEX`.
func parseSelection(specs []string) (selection, error) {
	var sel selection
	for _, spec := range specs {
		rule, err := parseSelectRule(spec)
		if err != nil {
			return nil, err
		}
		sel = append(sel, rule)
	}
	return sel, nil
}

func parseSelectRule(spec string) (selectRule, error) {
	rule := selectRule{spec: spec}
	switch {
	case spec == "":
		return rule, usagef("--select: an empty selection")
	case strings.HasPrefix(spec, "re:"):
		re, err := regexp.Compile(strings.TrimPrefix(spec, "re:"))
		if err != nil {
			return rule, usagef("--select %s: %w", spec, err)
		}
		rule.re = re
	case indexSpec.MatchString(spec):
		ranges, err := parseIndexes(spec)
		if err != nil {
			return rule, err
		}
		rule.indexes = ranges
	default:
		re, err := globRegexp(spec)
		if err != nil {
			return rule, usagef("--select %s: malformed glob", spec)
		}
		rule.re = re
	}
	return rule, nil
}

func parseIndexes(spec string) ([]indexRange, error) {
	var ranges []indexRange
	for part := range strings.SplitSeq(spec, ",") {
		low, high, dashed := strings.Cut(part, "-")
		first, err := strconv.Atoi(low)
		if err != nil || first == 0 {
			return nil, usagef("--select %s: files are numbered from 1", spec)
		}
		r := indexRange{first: first, last: first}
		if dashed {
			r.last = 0
			if high != "" {
				r.last, err = strconv.Atoi(high)
				if err != nil || r.last < first {
					return nil, usagef("--select %s: %s is no range", spec, part)
				}
			}
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

// globRegexp turns a glob over slash-separated paths into an expression. A glob without a slash fits an
// element at any depth, "**" fits any number of elements, and what fits a folder fits all that is in
// it: the rules of create's --include.
func globRegexp(glob string) (*regexp.Regexp, error) {
	if _, err := path.Match(glob, ""); err != nil {
		return nil, err
	}
	anchored := strings.Contains(glob, "/")
	glob = strings.Trim(glob, "/")
	var b strings.Builder
	b.WriteString("^")
	if !anchored {
		b.WriteString("(?:.*/)?")
	}
	for glob != "" {
		switch {
		case strings.HasPrefix(glob, "**/"):
			b.WriteString("(?:.*/)?")
			glob = glob[3:]
			continue
		case strings.HasPrefix(glob, "**"):
			b.WriteString(".*")
			glob = glob[2:]
			continue
		case glob[0] == '*':
			b.WriteString("[^/]*")
		case glob[0] == '?':
			b.WriteString("[^/]")
		case glob[0] == '[':
			end := 1 + strings.IndexByte(glob[1:], ']')
			b.WriteString(glob[:end+1])
			glob = glob[end+1:]
			continue
		case glob[0] == '\\' && len(glob) > 1:
			b.WriteString(regexp.QuoteMeta(glob[1:2]))
			glob = glob[2:]
			continue
		default:
			b.WriteString(regexp.QuoteMeta(glob[:1]))
		}
		glob = glob[1:]
	}
	b.WriteString("(?:/.*)?$")
	return regexp.Compile(b.String())
}

// pick answers for each file of info whether it is wanted. A rule that matches nothing is an error:
// whoever typed it meant something.
func (s selection) pick(info *metainfo.Info) ([]bool, error) {
	wanted := make([]bool, len(info.Files))
	shown := shownFiles(info)
	for _, rule := range s {
		found := false
		for n, i := range shown {
			if rule.matches(n+1, strings.Join(info.Files[i].Path, "/")) {
				wanted[i], found = true, true
			}
		}
		if !found {
			return nil, hinted(usagef("--select %s: no file matches among %d", rule.spec, len(shown)),
				"shoal get --list shows the files and their numbers")
		}
	}
	return wanted, nil
}

// matches says whether the rule takes the file with this number and path.
func (r selectRule) matches(number int, name string) bool {
	for _, in := range r.indexes {
		if number >= in.first && (in.last == 0 || number <= in.last) {
			return true
		}
	}
	return r.re != nil && r.re.MatchString(name)
}

// pickRanges answers by the ranges of a magnet link (BEP 53), which count all files from 0.
func pickRanges(info *metainfo.Info, ranges []metainfo.Range) ([]bool, error) {
	wanted := make([]bool, len(info.Files))
	found := false
	for _, r := range ranges {
		for i := max(r.First, 0); i <= r.Last && i < len(wanted); i++ {
			wanted[i], found = true, true
		}
	}
	if !found {
		return nil, fmt.Errorf("select files: the link's so= names none of the %d files", len(wanted))
	}
	return wanted, nil
}

// shownFiles are the indexes of the files that a person is shown, in order: padding is left out. The
// number of a file, as typed in --select and printed by --list, is its place here, from 1.
func shownFiles(info *metainfo.Info) []int {
	shown := make([]int, 0, len(info.Files))
	for i := range info.Files {
		if !info.Files[i].Pad {
			shown = append(shown, i)
		}
	}
	return shown
}
