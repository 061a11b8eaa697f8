package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
)

// Main runs the program: it finds the verb, fills its flags, runs it, says what went wrong and
// returns the exit code. It returns soon after ctx is done; with ErrInterrupted as the cause, work is
// saved first and the way to resume is told.
func Main(ctx context.Context, env Env) int {
	env = env.filled()
	if env.Hangup != nil {
		var stop context.CancelCauseFunc
		ctx, stop = context.WithCancelCause(ctx)
		defer stop(nil)
		env.watchHangups(ctx, stop)
	}
	root := newRootCommand(env)
	root.SetArgs(append([]string{}, env.Args...))
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !isTold(err) {
		tellError(env, cmd, err)
	}
	return exitCode(err)
}

func newRootCommand(env Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "shoal",
		Short: "Share files over BitTorrent",
		Long: "shoal shares files over BitTorrent: `shoal seed PATH` splits a file or folder into pieces and prints a\n" +
			"magnet link, `shoal get MAGNET` fetches it from everyone who has it.",
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // unknownCommand makes them
		Args:               cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return applyConfig(cmd, env) },
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(
		newGetCommand(env),
		newApplyCommand(env),
		newSeedCommand(env),
		newCreateCommand(env),
		newShowCommand(env),
		newMagnetCommand(env),
		newEditCommand(env),
		newVerifyCommand(env),
		newListCommand(env),
		newResumeCommand(env),
		newForgetCommand(env),
		newDHTNodeCommand(env),
		newCompletionCommand(env),
		newManCommand(env),
		newVersionCommand(env),
	)
	for _, c := range root.Commands() {
		completeFlags(c)
	}
	return root
}

// applyConfig fills the flags that were not typed from the environment and the configuration file.
// Verbs without flags of their own need neither, and work with a broken file too.
func applyConfig(cmd *cobra.Command, env Env) error {
	if cmd.Flags().Lookup("quiet") == nil {
		return nil
	}
	markTyped(cmd.Flags())
	var file *config.File
	if path, err := config.ConfigFile(env.LookupEnv); err == nil {
		if file, err = config.Load(path); err != nil {
			return &usageError{err}
		}
	}
	if err := file.Check(flagsOfAll(cmd.Root())); err != nil {
		return &usageError{err}
	}
	err := config.Apply(cmd.Flags(), cmd.Name(), file, env.LookupEnv)
	var preset *config.PresetError
	switch {
	case errors.As(err, &preset):
		if near := closestName(preset.Name, preset.Known); near != "" {
			return hinted(&usageError{err}, "did you mean "+near+"?")
		}
		return &usageError{err}
	case err != nil:
		return &usageError{err}
	}
	return nil
}

// flagsOfAll are the flags of every verb by its name.
func flagsOfAll(root *cobra.Command) map[string]config.FlagSet {
	all := map[string]config.FlagSet{}
	for _, c := range root.Commands() {
		all[c.Name()] = c.Flags()
	}
	return all
}

// verbOf is what a message calls the command: its name, or nothing for the program itself.
func verbOf(cmd *cobra.Command) string {
	if cmd == nil || !cmd.HasParent() {
		return ""
	}
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// unknownCommand is the error for a verb that there is not, with the closest one as its hint.
func unknownCommand(root *cobra.Command, name string) error {
	err := usagef("unknown command %q", name)
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if near := closestName(name, names); near != "" {
		return hinted(err, "did you mean shoal "+near+"?")
	}
	return hinted(err, "shoal help lists the commands")
}

// flagError says what is wrong with a flag in our own words.
func flagError(cmd *cobra.Command, err error) error {
	var (
		missing *pflag.NotExistError
		invalid *pflag.InvalidValueError
		bare    *pflag.ValueRequiredError
	)
	seeHelp := strings.TrimSpace("shoal "+verbOf(cmd)) + " --help lists the flags"
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &missing):
		name := missing.GetSpecifiedName()
		if missing.GetSpecifiedShortnames() != "" {
			return hinted(usagef("unknown flag -%s", name), seeHelp)
		}
		if near := closestName(name, flagNames(cmd.Flags())); near != "" {
			seeHelp = "did you mean --" + near + "?"
		}
		return hinted(usagef("unknown flag --%s", name), seeHelp)
	case errors.As(err, &invalid):
		return usagef("--%s: %w", invalid.GetFlag().Name, invalid.Unwrap())
	case errors.As(err, &bare):
		return usagef("--%s: a value is missing", bare.GetFlag().Name)
	}
	return hinted(&usageError{err}, seeHelp)
}

// noArgs, exactlyOne and atLeastOne check the number of arguments of a verb.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongArgs(cmd, "takes no argument")
	}
	return nil
}

func exactlyOne(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return wrongArgs(cmd, "an argument is missing")
	case len(args) > 1:
		return wrongArgs(cmd, "takes one argument")
	}
	return nil
}

func atLeastOne(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return wrongArgs(cmd, "an argument is missing")
	}
	return nil
}

func wrongArgs(cmd *cobra.Command, what string) error {
	return hinted(usagef("%s", what), "usage: "+cmd.UseLine())
}
