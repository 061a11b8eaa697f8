package cli

import (
	"slices"
	"testing"
)

// A manifest says what is to be fetched and how; what is about the process or the terminal is not its business.
func TestManifestOptions(t *testing.T) {
	_, fs := manifestOptions()
	want := []string{
		"check", "max-torrent", "min-free", "on-complete", "on-error", "overwrite", "peer", "save-torrent", "seed",
		"seed-ratio", "seed-time", "seed-until", "select", "sequential", "stall-timeout", "timeout", "tracker", "web-seed",
	}
	got := flagNames(fs)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("options %v, want %v; a flag of get that is new belongs to one of the two", got, want)
	}
}
