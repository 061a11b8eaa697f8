package cli

import (
	"slices"
	"strings"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// lintEvent is a finding about a torrent that is allowed, but probably not meant.
type lintEvent struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// checkAllow refuses names that no finding has.
func checkAllow(names []string) error {
	known := metainfo.Lints()
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		err := usagef("--allow %s: there is no such finding", name)
		if near := closestName(name, known); near != "" {
			return hinted(err, "did you mean "+near+"?")
		}
		return hinted(err, "there are "+strings.Join(known, ", "))
	}
	return nil
}

// findings are what is odd about a torrent and not allowed by name. What is grave among it is an
// error, told before anything is hashed.
func findings(m *metainfo.Metainfo, allowed []string) (mild []metainfo.Lint, grave error) {
	var messages, hints []string
	for _, l := range m.Lint() {
		switch {
		case slices.Contains(allowed, l.Name):
		case l.Grave:
			messages = append(messages, l.Name+": "+l.Message)
			hints = append(hints, "--allow "+l.Name)
		default:
			mild = append(mild, l)
		}
	}
	if messages == nil {
		return mild, nil
	}
	return mild, hinted(usagef("%s", strings.Join(messages, "; ")), strings.Join(hints, " ")+" makes it all the same")
}
