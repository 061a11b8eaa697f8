package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// closestName is the name nearest to what was typed, "" where none is near. cobra knows how to do
// this for commands, so the names are dressed as such.
func closestName(typed string, names []string) string {
	root := &cobra.Command{}
	for _, name := range names {
		root.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	for root.SuggestionsMinimumDistance = 1; root.SuggestionsMinimumDistance <= 2; root.SuggestionsMinimumDistance++ {
		if near := root.SuggestionsFor(typed); len(near) > 0 {
			return near[0]
		}
	}
	return ""
}

// flagNames are the long names of all flags.
func flagNames(fs *pflag.FlagSet) []string {
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
