package metainfo

import (
	"path"
	"strings"
)

// glob is a pattern over slash-separated paths.
type glob []string // its elements; "**" fits any number of elements

// parseGlobs reads the patterns of the option called name.
func parseGlobs(name string, patterns []string) ([]glob, error) {
	var globs []glob
	for _, pattern := range patterns {
		elements := strings.Split(strings.Trim(pattern, "/"), "/")
		if len(elements) == 1 && !strings.HasPrefix(pattern, "/") {
			elements = []string{"**", elements[0]}
		}
		for _, e := range elements {
			if _, err := path.Match(e, ""); err != nil || e == "" {
				return nil, &OptionError{name, "malformed pattern " + quote(pattern)}
			}
		}
		globs = append(globs, elements)
	}
	return globs, nil
}

// match tells whether g fits all of the path.
func (g glob) match(elements []string) bool {
	for n, pattern := range g {
		if pattern == "**" {
			rest := g[n+1:]
			for from := range len(elements) + 1 {
				if rest.match(elements[from:]) {
					return true
				}
			}
			return false
		}
		if len(elements) == 0 {
			return false
		}
		if ok, _ := path.Match(pattern, elements[0]); !ok {
			return false
		}
		elements = elements[1:]
	}
	return len(elements) == 0
}

// matchAny tells whether one of the globs fits all of the path.
func matchAny(globs []glob, elements []string) bool {
	for _, g := range globs {
		if g.match(elements) {
			return true
		}
	}
	return false
}
