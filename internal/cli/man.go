package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newManCommand(env Env) *cobra.Command {
	return &cobra.Command{
		Use:                   "man DIR",
		DisableFlagsInUseLine: true,
		Short:                 "Write the manual pages into a folder",
		Long: "Write the manual pages of all commands, and of the topics that shoal help has, into a folder, which is\n" +
			"made if it is not there: shoal.1, shoal-get.1, shoal-exit-codes.7 and so on. Pages that are there already\n" +
			"are replaced. SOURCE_DATE_EPOCH sets their date.",
		Example: "  shoal man /usr/local/share/man/man1\n" +
			"  shoal man . && man ./shoal-get.1",
		Args: exactlyOne,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runMan(env, cmd.Root(), args[0]) },
	}
}

func runMan(env Env, root *cobra.Command, dir string) error {
	date, err := manDate(env)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(env.path(dir), 0o777); err != nil {
		return about(dir, &createError{err})
	}
	for _, p := range manPages(root, date) {
		if err := os.WriteFile(filepath.Join(env.path(dir), p.name), []byte(p.text), 0o666); err != nil {
			return about(filepath.Join(dir, p.name), &createError{err})
		}
	}
	return nil
}

// manDate is the date on the pages: today, unless a build that can be repeated says otherwise.
func manDate(env Env) (time.Time, error) {
	epoch := env.getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now(), nil
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, usagef("SOURCE_DATE_EPOCH %q: want seconds since 1970", epoch)
	}
	return time.Unix(n, 0).UTC(), nil
}

// manPage is one manual page in roff, under the name of its file.
type manPage struct{ name, text string }

// manPages makes all of them: of the program, the commands and the topics.
func manPages(root *cobra.Command, date time.Time) []manPage {
	pages := []manPage{programPage(root, date)}
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			pages = append(pages, commandPage(c, date))
		}
	}
	for _, t := range topics() {
		if !t.machine {
			pages = append(pages, topicPage(t, t.text(root), date))
		}
	}
	return pages
}

// programPage tells what commands and topics there are.
func programPage(root *cobra.Command, date time.Time) manPage {
	r := newRoff(root.Name(), 1, date, root.Short)
	r.section("SYNOPSIS")
	r.synopsis(root.Name() + " COMMAND [FLAGS]")
	r.section("DESCRIPTION")
	r.filled(root.Long)
	r.section("COMMANDS")
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			r.tagged(pageName(c)+"(1)", c.Short)
		}
	}
	r.section("TOPICS")
	for _, t := range topics() {
		if !t.machine {
			r.tagged(t.page()+"(7)", t.short)
		}
	}
	return r.page()
}

// commandPage tells of one command what its help does.
func commandPage(c *cobra.Command, date time.Time) manPage {
	r := newRoff(pageName(c), 1, date, c.Short)
	r.section("SYNOPSIS")
	r.synopsis(c.UseLine())
	r.section("DESCRIPTION")
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	r.filled(text)
	groups := flagGroups(c.Flags())
	if len(groups) > 0 {
		r.section("OPTIONS")
	}
	for _, g := range groups {
		if g.title != "" {
			r.subsection(g.title)
		}
		for _, l := range g.lines {
			r.tagged(strings.TrimSpace(l[0]), l[1])
		}
	}
	if c.HasExample() {
		r.section("EXAMPLES")
		r.asIs(c.Example)
	}
	r.section("SEE ALSO")
	r.filled("shoal(1), shoal-exit-codes(7), shoal-environment(7), shoal-config(7), shoal-events(7)")
	return r.page()
}

// topicPage sets a topic as it is printed: its lines are made for it.
func topicPage(t topic, text string, date time.Time) manPage {
	r := newRoff(t.page(), 7, date, t.short)
	r.section("DESCRIPTION")
	r.asIs(text)
	r.section("SEE ALSO")
	r.filled("shoal(1)")
	return r.page()
}

// pageName is the name of a command's page.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }
