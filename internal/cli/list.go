package cli

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui"
)

type listOptions struct {
	term       termFlags
	unfinished bool
	finished   bool
	labels     []string
}

func (o *listOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.unfinished, "unfinished", false, "only those that something is missing of")
	fs.BoolVar(&o.finished, "finished", false, "only those that are complete")
	fs.StringArrayVar(&o.labels, "label", nil, "only those with this `LABEL`; repeatable, one is enough")
	fs.SortFlags = false
	o.term.addFlags(fs)
	o.term.addJSON(fs)
}

func newListCommand(env Env) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print the transfers that this machine knows",
		Long: "Print the downloads that were begun on this machine: what is under way, what is unfinished and why, and\n" +
			"what is complete. On a terminal it is a table; elsewhere there is a line a transfer, with tabs between\n" +
			"ID, state, percent, size, ratio, time of the last change, name and path.",
		Example: "  shoal list --unfinished\n" +
			"  shoal list --json | jq -r 'select(.state == \"failed\") | .message'",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return runList(env, o) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runList(env Env, o *listOptions) error {
	if o.unfinished && o.finished {
		return usagef("--unfinished and --finished exclude each other: leave both out for both")
	}
	l, _, err := openLedger(env)
	if err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	records := knownTransfers(l, term)
	short := ledger.Short(records)
	if o.term.json {
		events := ui.NewJSON(term.Out)
		for i, r := range records {
			if o.takes(r) {
				if err := events.Emit("transfer", newTransferEvent(l, r, short[i])); err != nil {
					return err
				}
			}
		}
		return nil
	}
	table := term.Table(ui.Column{Title: "ID"}, ui.Column{Title: "STATE"}, ui.Column{Title: "DONE", Right: true},
		ui.Column{Title: "SIZE", Right: true}, ui.Column{Title: "RATIO", Right: true}, ui.Column{Title: "CHANGED"},
		ui.Column{Title: "NAME", Flex: true}, ui.Column{Title: "PATH", Flex: true})
	shown := 0
	for i, r := range records {
		if !o.takes(r) {
			continue
		}
		shown++
		id := r.ID
		if term.OutTTY {
			id = short[i]
		}
		table.Row(id, stateText(l, r), percentText(r), recordSize(r), ratioText(r), timeText(r.Changed, term.OutTTY), nameOf(r), placeOf(r))
	}
	if shown == 0 {
		term.Info("no transfers")
		return nil
	}
	return table.Flush()
}

// takes says whether the flags want to see a transfer.
func (o *listOptions) takes(r ledger.Record) bool {
	switch {
	case o.unfinished && r.State.Done(), o.finished && !r.State.Done():
		return false
	case len(o.labels) == 0:
		return true
	}
	return slices.ContainsFunc(o.labels, func(label string) bool { return slices.Contains(r.Labels, label) })
}

// stateText is how a transfer stands, in a word or two.
func stateText(l *ledger.Ledger, r ledger.Record) string {
	busy := l.Busy(r)
	switch {
	case r.State == ledger.Failed:
		return fmt.Sprintf("failed (%d)", r.Code)
	case r.State == ledger.Seeding && busy:
		return "seeding"
	case r.State.Done():
		return "complete"
	case busy:
		return "downloading"
	}
	return "unfinished"
}

func percentText(r ledger.Record) string {
	if r.Target == "" {
		return "-"
	}
	if r.State.Done() {
		return "100%"
	}
	return ui.Percent(r.Verified, r.Total)
}

func recordSize(r ledger.Record) string {
	if r.Target == "" {
		return "-"
	}
	return ui.Bytes(r.Total)
}

func ratioText(r ledger.Record) string { return strconv.FormatFloat(ratioOf(r), 'f', 2, 64) }

// ratioOf is what was sent, over all runs, per byte of what was wanted.
func ratioOf(r ledger.Record) float64 {
	if r.Total <= 0 {
		return 0
	}
	return float64(r.Uploaded) / float64(r.Total)
}

// timeText is a time for people, in their zone, or for programs.
func timeText(t time.Time, people bool) string {
	if people {
		return t.Local().Format("2006-01-02 15:04")
	}
	return rfc3339(t)
}

// rfc3339 is a time as events have it; "" for none.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// placeOf is where the content is, or is to go.
func placeOf(r ledger.Record) string {
	if r.Target != "" {
		return r.Target
	}
	return r.Output
}

// transferEvent is what list --json says of a transfer.
type transferEvent struct {
	ui.Ident
	ID         string   `json:"id"`      // the shortest that resume and forget understand
	State      string   `json:"state"`   // unfinished, failed, seeding or complete
	Running    bool     `json:"running"` // a process works on it now
	PID        int      `json:"pid,omitempty"`
	Source     string   `json:"source,omitempty"` // without what may be secret
	Path       string   `json:"path"`
	Labels     []string `json:"labels,omitempty"`
	BytesTotal int64    `json:"bytes_total"`
	Verified   int64    `json:"bytes_verified"`
	Uploaded   int64    `json:"uploaded"` // bytes, over all runs
	Downloaded int64    `json:"downloaded"`
	Ratio      float64  `json:"ratio"`
	Seeded     float64  `json:"seeded_s"` // seconds, over all runs
	Added      string   `json:"added"`
	Changed    string   `json:"changed"`
	Completed  string   `json:"completed,omitempty"`
	Code       int      `json:"code,omitempty"` // of failed: the exit code
	Message    string   `json:"message,omitempty"`
}

func newTransferEvent(l *ledger.Ledger, r ledger.Record, id string) transferEvent {
	e := transferEvent{
		Ident: ui.Ident{InfoHash: r.InfoHash, Name: nameOf(r)}, ID: id, State: string(r.State), Running: l.Busy(r),
		Source: publicSource(r.Source), Path: placeOf(r), Labels: r.Labels,
		BytesTotal: r.Total, Verified: r.Verified, Uploaded: r.Uploaded, Downloaded: r.Downloaded,
		Ratio: ratioOf(r), Seeded: seconds(r.Seeded),
		Added: rfc3339(r.Added), Changed: rfc3339(r.Changed), Completed: rfc3339(r.Completed),
		Code: r.Code, Message: r.Message,
	}
	if e.Running {
		e.PID = r.Owner.PID
	}
	return e
}
