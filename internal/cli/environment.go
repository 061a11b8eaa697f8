package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
)

// otherVariables are those that are read beside those of the flags.
var otherVariables = [][2]string{
	{"XDG_CONFIG_HOME", "config.toml is in its folder shoal; else in ~/.config/shoal"},
	{"XDG_STATE_HOME", "what transfers there are and how far they are; else ~/.local/state/shoal"},
	{"XDG_CACHE_HOME", "the nodes of the DHT that were met; else ~/.cache/shoal"},
	{"HOME", "for those; on Windows APPDATA, LOCALAPPDATA and USERPROFILE"},
	{"NO_COLOR", "no colours, if it is not empty"},
	{"CLICOLOR, CLICOLOR_FORCE", "0: no colours; not 0: colours also where there is no terminal"},
	{"TERM", "dumb: no bars and no colours"},
	{"COLUMNS, LINES", "the size of a terminal that does not tell it"},
	{"LC_ALL, LC_CTYPE, LANG", "whether there is more than ASCII to draw with"},
	{"SSH_CONNECTION", "set by ssh: bars are drawn less often"},
	{"SOURCE_DATE_EPOCH", "the date in torrents and manual pages, in seconds since 1970"},
}

func environmentTopic(root *cobra.Command) string {
	return "Every flag has a variable: SHOAL_ and its name in capitals, with _ for -. A flag that is typed wins over\n" +
		"its variable, and that over the configuration file. A switch takes true or false. A flag that may be\n" +
		"repeated takes one value a line, or one a word where there is a single line. An empty variable counts as\n" +
		"not set.\n\n" + columns(flagVariables(root)) +
		"\nThese are read too:\n\n" + columns(otherVariables)
}

// flagVariables are the variables of all flags, each with the verbs that have the flag.
func flagVariables(root *cobra.Command) [][2]string {
	verbs := map[string][]string{}
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if config.IsSetting(f) {
				verbs[f.Name] = append(verbs[f.Name], c.Name())
			}
		})
	}
	names := make([]string, 0, len(verbs))
	for name := range verbs {
		names = append(names, name)
	}
	slices.Sort(names)
	pairs := make([][2]string, len(names))
	for i, name := range names {
		pairs[i] = [2]string{config.Variable(name), filled(strings.Join(verbs[name], ", "), 60)}
	}
	return pairs
}

// filled breaks a text at spaces into lines of so many columns.
func filled(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		if i > 0 {
			if column+1+len(word) > width {
				b.WriteByte('\n')
				column = 0
			} else {
				b.WriteByte(' ')
				column++
			}
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

func configTopic(*cobra.Command) string {
	return `Settings that are to hold every time stand in config.toml, in $XDG_CONFIG_HOME/shoal or ~/.config/shoal.
Its keys are the names of flags, without dashes before them. At the top they are for every command that has
the flag, in a table of a command's name for that command alone. A flag that is typed wins over its variable
(shoal help environment), and that over the file.

  up = "5MiB"
  port = "6881"
  dht-bootstrap = ["192.0.2.7:6800"]

  [get]
  output = "/srv/in"
  min-free = "10GiB"

  [seed]
  seed-ratio = 2.0

Tables [preset.NAME] hold settings of create that --preset NAME chooses:

  [preset.tracker]
  tracker = ["https://tracker.example/announce"]
  private = true

A key that no command has, or a value that its flag does not take, ends every command with code 28 and the
line that it stands in, so that a slip of the pen does not go unnoticed.
`
}
