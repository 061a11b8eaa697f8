package cli

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice is the value of a flag as help shows it, where it is one of a few words.
var choice = regexp.MustCompile(`^[a-z0-9]+(\|[a-z0-9]+)+$`)

// completeFlags completes the values of all flags of a command by what help calls them: one of a few words, a
// file, a folder, or something that nobody can guess.
func completeFlags(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, _ := pflag.UnquoteUsage(f)
		complete := cobra.NoFileCompletions
		switch {
		case f.Value.Type() == "bool":
			return
		case choice.MatchString(value):
			words := strings.Split(value, "|")
			complete = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return words, cobra.ShellCompDirectiveNoFileComp
			}
		case value == "DIR" && !strings.Contains(f.Usage, "FILE"):
			complete = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
		case strings.Contains(value, "FILE"), strings.Contains(value, "DIR"), value == "PATH", value == "PROGRAM":
			return // as the shell does it
		}
		// The only error is a function that is there already: then the verb knows better.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, complete)
	})
}

// completeTorrents completes the arguments of verbs that take torrents.
func completeTorrents(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"torrent"}, cobra.ShellCompDirectiveFilterFileExt
}
