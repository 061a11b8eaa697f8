package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/shoal-project/shoal/internal/ui"
)

// topic is something that help tells of beside the commands.
type topic struct {
	name  string
	short string
	text  func(root *cobra.Command) string // whole lines

	machine bool // it is for programs and has no manual page
}

// page is the name of its manual page.
func (t topic) page() string { return "shoal-" + t.name }

// topics are all of them, in the order in which help lists them.
func topics() []topic {
	return []topic{
		{name: "exit-codes", short: "What the exit code says", text: exitCodesTopic},
		{name: "environment", short: "The variables that are read", text: environmentTopic},
		{name: "config", short: "The configuration file", text: configTopic},
		{name: "events", short: "What --json prints", text: eventsTopic},
		{name: "events-schema", short: "The JSON schema of that", machine: true, text: func(*cobra.Command) string { return ui.EventsSchema() }},
	}
}

// findTopic is the topic of a name.
func findTopic(name string) (topic, bool) {
	for _, t := range topics() {
		if t.name == name {
			return t, true
		}
	}
	return topic{}, false
}

// unknownTopic is the error for a word that help knows nothing about.
func unknownTopic(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	for _, t := range topics() {
		names = append(names, t.name)
	}
	err := usagef("there is no command or topic %q", name)
	if near := closestName(name, names); near != "" {
		return hinted(err, "did you mean shoal help "+near+"?")
	}
	return hinted(err, "shoal help lists them")
}

// completeHelp completes what help can tell of: commands and topics.
func completeHelp(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []cobra.Completion
	if len(args) == 0 {
		for _, c := range cmd.Root().Commands() {
			if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), begun) {
				all = append(all, cobra.CompletionWithDesc(c.Name(), c.Short))
			}
		}
		for _, t := range topics() {
			if strings.HasPrefix(t.name, begun) {
				all = append(all, cobra.CompletionWithDesc(t.name, t.short))
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// columns sets pairs below each other, with the second ones in one column.
func columns(pairs [][2]string) string {
	widest := 0
	for _, p := range pairs {
		widest = max(widest, len(p[0]))
	}
	var b strings.Builder
	for _, p := range pairs {
		lines := strings.Split(p[1], "\n")
		b.WriteString("  " + p[0] + strings.Repeat(" ", widest-len(p[0])+2) + lines[0] + "\n")
		for _, l := range lines[1:] {
			b.WriteString(strings.Repeat(" ", widest+4) + l + "\n")
		}
	}
	return b.String()
}
