package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type forgetOptions struct {
	term        termFlags
	allFinished bool
}

func (o *forgetOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.allFinished, "all-finished", false, "forget every transfer that is complete and not being seeded")
	fs.SortFlags = false
	o.term.addFlags(fs)
	o.term.addJSON(fs)
}

func newForgetCommand(env Env) *cobra.Command {
	o := &forgetOptions{}
	cmd := &cobra.Command{
		Use:   "forget ID...|--all-finished",
		Short: "Drop what is remembered of transfers",
		Long: "Drop the records of transfers, and what was kept to go on with them. ID is the beginning of an infohash,\n" +
			"as shoal list shows it. No content is removed: complete files stay, and so does NAME.part of an\n" +
			"unfinished one, which a later get of the same torrent finds and checks.",
		Example: "  shoal forget 5f0c8e0b\n" +
			"  shoal forget --all-finished",
		ValidArgsFunction: completeTransfers(env, func(ledger.Record) bool { return true }),
		RunE:              func(_ *cobra.Command, args []string) error { return runForget(env, o, args) },
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error { return idsOr(cmd, args, o.allFinished, "all-finished") }
	o.addFlags(cmd.Flags())
	return cmd
}

// idsOr wants either IDs or a flag that stands for all of a kind.
func idsOr(cmd *cobra.Command, args []string, all bool, flag string) error {
	switch {
	case all && len(args) > 0:
		return usagef("--%s: it takes no IDs", flag)
	case !all && len(args) == 0:
		return hinted(usagef("an ID is missing"), "usage: "+cmd.UseLine()+"; shoal list shows the transfers")
	}
	return nil
}

func runForget(env Env, o *forgetOptions, ids []string) error {
	l, stateDir, err := openLedger(env)
	if err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	records := knownTransfers(l, term)
	var doomed []ledger.Record
	var first error
	for _, id := range ids {
		r, err := findTransfer(records, id)
		if err != nil {
			term.Error(verbError("forget", err), hintOf(err))
			first = firstOf(first, err)
			continue
		}
		doomed = append(doomed, r)
	}
	if o.allFinished {
		for _, r := range records {
			if r.State.Done() && !l.Busy(r) {
				doomed = append(doomed, r)
			}
		}
	}
	for _, r := range doomed {
		if err := forgetOne(l, stateDir, r); err != nil {
			err = about(nameOf(r), err)
			term.Error(verbError("forget", err), hintOf(err))
			first = firstOf(first, err)
			continue
		}
		if o.term.json {
			_ = ui.NewJSON(term.Out).Emit("forgotten", newTransferEvent(l, r, r.ID))
			continue
		}
		term.Info(forgotText(r))
	}
	return told(first)
}

// firstOf keeps the first failure.
func firstOf(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// forgotText says what was forgotten, and what of it is left.
func forgotText(r ledger.Record) string {
	text := fmt.Sprintf("%s: forgotten", nameOf(r))
	switch {
	case r.State.Done():
		text += ", the content stays at " + r.Target
	case r.Verified > 0:
		text += fmt.Sprintf(", %s of it stay beside %s", ui.Bytes(r.Verified), r.Target)
	}
	return text
}

// forgetOne drops one record and the state behind it, unless somebody works on the transfer.
func forgetOne(l *ledger.Ledger, stateDir string, r ledger.Record) error {
	if l.Busy(r) {
		return fmt.Errorf("%w (process %d)", ledger.ErrBusy, r.Owner.PID)
	}
	if r.Target != "" {
		hash, err := metainfo.ParseHash(r.InfoHash)
		if err != nil {
			return err
		}
		if err := disk.ForgetState(stateDir, hash, r.Target); err != nil {
			return err
		}
	}
	err := l.Forget(r.ID)
	if errors.Is(err, ledger.ErrUnknown) { // somebody was faster
		return nil
	}
	return err
}
