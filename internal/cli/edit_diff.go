package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// editableLines are what edit can change about a torrent, a line for each value.
func editableLines(m *metainfo.Metainfo) []string {
	var lines []string
	for n, tier := range m.Trackers {
		for _, url := range tier {
			lines = append(lines, fmt.Sprintf("tracker %d: %s", n+1, url))
		}
	}
	for _, url := range m.WebSeeds {
		lines = append(lines, "web seed: "+url)
	}
	for _, node := range m.Nodes {
		lines = append(lines, "dht node: "+node)
	}
	if m.Comment != "" {
		lines = append(lines, "comment: "+m.Comment)
	}
	if m.CreatedBy != "" {
		lines = append(lines, "created by: "+m.CreatedBy)
	}
	if !m.CreationDate.IsZero() {
		lines = append(lines, "created: "+m.CreationDate.UTC().Format(time.RFC3339))
	}
	return lines
}

// diffLine is a line that one side has and the other has not.
type diffLine struct {
	added bool
	text  string
}

func (l diffLine) String() string {
	if l.added {
		return "+ " + l.text
	}
	return "- " + l.text
}

// lineDiff tells which lines go and which come.
func lineDiff(before, after []string) []diffLine {
	var diff []diffLine
	for _, text := range before {
		if !slices.Contains(after, text) {
			diff = append(diff, diffLine{false, text})
		}
	}
	for _, text := range after {
		if !slices.Contains(before, text) {
			diff = append(diff, diffLine{true, text})
		}
	}
	return diff
}

// flagOf says in the words of a flag why a value was refused.
func flagOf(err error, flag string) error {
	var option *metainfo.OptionError
	if errors.As(err, &option) {
		return usagef("--%s: %s", flag, option.Reason)
	}
	return err
}
