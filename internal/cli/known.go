package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui"
)

// errNoState is a user without a home: nothing is remembered for them.
var errNoState = errors.New("there is no folder for the state")

// openLedger is what this machine remembers of its transfers.
func openLedger(env Env) (*ledger.Ledger, string, error) {
	dir, err := config.StateDir(env.LookupEnv)
	if err != nil {
		return nil, "", hinted(errNoState, "set XDG_STATE_HOME or HOME")
	}
	return ledger.Open(dir), dir, nil
}

// knownTransfers reads all records; of those that cannot be read it warns.
func knownTransfers(l *ledger.Ledger, term *ui.IO) []ledger.Record {
	records, passed := l.All()
	for _, err := range passed {
		term.Warn(err.Error())
	}
	return records
}

// findTransfer is the record that an ID on the command line means.
func findTransfer(records []ledger.Record, id string) (ledger.Record, error) {
	r, err := ledger.Find(records, id)
	switch {
	case errors.Is(err, ledger.ErrAmbiguous):
		return r, about(id, hinted(&usageError{err}, "type more of it; shoal list shows the transfers"))
	case err != nil:
		return r, about(id, hinted(err, "shoal list shows the transfers"))
	}
	return r, nil
}

// completeTransfers completes IDs of transfers that fit, each with its name beside it.
func completeTransfers(env Env, fits func(ledger.Record) bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		l, _, err := openLedger(env)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		records, _ := l.All()
		short := ledger.Short(records)
		given := map[string]bool{}
		for _, arg := range args {
			if r, err := ledger.Find(records, arg); err == nil {
				given[r.ID] = true
			}
		}
		var all []cobra.Completion
		for i, r := range records {
			id := short[i]
			if len(begun) > len(id) {
				id = r.ID
			}
			if fits(r) && !given[r.ID] && strings.HasPrefix(id, strings.ToLower(begun)) {
				all = append(all, cobra.CompletionWithDesc(id, ui.FitEnd(ui.Escape(nameOf(r)), 60)))
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// nameOf is what a transfer is called: the infohash where no name is known.
func nameOf(r ledger.Record) string {
	if r.Name == "" {
		return r.InfoHash
	}
	return r.Name
}
