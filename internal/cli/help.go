package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupKey is the annotation of a flag that says below which title help lists it.
const groupKey = "group"

// addGroup adds flags that belong together, and that help lists below a title.
func addGroup(fs *pflag.FlagSet, title string, add ...func(*pflag.FlagSet)) {
	group := pflag.NewFlagSet(title, pflag.ContinueOnError)
	group.SortFlags = false
	for _, a := range add {
		a(group)
	}
	fs.SortFlags = false
	group.VisitAll(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[groupKey] = []string{title}
		fs.AddFlag(f)
	})
}

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND|TOPIC]",
		Short:                 "Print help",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if len(args) == 1 {
				if t, ok := findTopic(args[0]); ok {
					_, err := io.WriteString(cmd.OutOrStdout(), t.text(root))
					return err
				}
			}
			topic, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && topic == root {
				return unknownTopic(root, args[0])
			}
			return topic.Help()
		},
	}
}

// usage writes how a command is used: the end of its help.
func usage(c *cobra.Command) error {
	var b strings.Builder
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "Usage:\n  %s COMMAND [FLAGS]\n\nCommands:\n", c.CommandPath())
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-*s  %s\n", c.Commands()[0].NamePadding(), sub.Name(), sub.Short)
			}
		}
		b.WriteString("\nTopics (shoal help TOPIC):\n")
		for _, t := range topics() {
			fmt.Fprintf(&b, "  %-*s  %s\n", c.Commands()[0].NamePadding(), t.name, t.short)
		}
		fmt.Fprintf(&b, "\nEvery flag has a variable SHOAL_<FLAG> and a key in config.toml. %s COMMAND --help tells more.\n", c.CommandPath())
	} else {
		fmt.Fprintf(&b, "Usage:\n  %s\n", c.UseLine())
		if c.HasExample() {
			fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
		}
		writeFlags(&b, c.Flags())
	}
	_, err := io.WriteString(c.OutOrStderr(), b.String())
	return err
}

// flagGroup is flags that are listed below one title: how each is typed, and what it does.
type flagGroup struct {
	title string
	lines [][2]string
}

// flagGroups are the flags below the titles of their groups, in the order in which they were added.
func flagGroups(fs *pflag.FlagSet) (groups []flagGroup) {
	at := map[string]int{}
	fs.VisitAll(func(f *pflag.Flag) {
		title := "Flags"
		if group := f.Annotations[groupKey]; len(group) > 0 {
			title = group[0]
		}
		i, known := at[title]
		if !known {
			i = len(groups)
			at[title] = i
			groups = append(groups, flagGroup{title: title})
		}
		flag, text := flagText(f)
		groups[i].lines = append(groups[i].lines, [2]string{flag, text})
	})
	return groups
}

// writeFlags lists flags below the titles of their groups, all in one column.
func writeFlags(b *strings.Builder, fs *pflag.FlagSet) {
	groups := flagGroups(fs)
	widest := 0
	for _, g := range groups {
		for _, l := range g.lines {
			widest = max(widest, len(l[0]))
		}
	}
	for _, g := range groups {
		fmt.Fprintf(b, "\n%s:\n", g.title)
		for _, l := range g.lines {
			fmt.Fprintf(b, "  %-*s  %s\n", widest, l[0], l[1])
		}
	}
}

// flagText is how a flag is typed, and what it does with its default.
func flagText(f *pflag.Flag) (flag, text string) {
	value, text := pflag.UnquoteUsage(f)
	flag = "    --" + f.Name
	if f.Shorthand != "" {
		flag = "-" + f.Shorthand + ", --" + f.Name
	}
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		flag += "[=" + value + "]"
	default:
		flag += " " + value
	}
	switch f.DefValue {
	case "", "0", "0s", "[]", "false":
	default:
		text += " (default " + f.DefValue + ")"
	}
	return flag, text
}
