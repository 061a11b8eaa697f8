package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui"
)

// What a plan says of a torrent.
const (
	planFetch     = "fetch"     // nothing of it is known here
	planResume    = "resume"    // something of it is here
	planUnchanged = "unchanged" // all of it is here
	planSeed      = "seed"      // likewise, and it is to be seeded further
	planCheck     = "check"     // it was complete, and its content is not where it was
)

// plannedEvent is what apply would do about a torrent.
type plannedEvent struct {
	ui.Ident
	Action string   `json:"action"`
	Path   string   `json:"path"`
	Source string   `json:"source"`
	Labels []string `json:"labels,omitempty"`
}

// printPlan tells what would be done, as far as that can be said without the network.
func printPlan(env Env, term *ui.IO, asJSON bool, orders []order) error {
	var records []ledger.Record
	if l, _, err := openLedger(env); err == nil {
		records = knownTransfers(l, term)
	}
	events := ui.NewJSON(term.Out)
	for i := range orders {
		d := &orders[i]
		r, known := d.recordIn(records)
		action, path := d.plan(r, known)
		if !asJSON {
			if _, err := fmt.Fprintf(term.Out, "%s\t%s\t%s\n", action, ui.Escape(path), d.source.label()); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
			continue
		}
		e := plannedEvent{ui.Ident{InfoHash: r.InfoHash, Name: r.Name}, action, path, publicSource(d.source.text), d.labels}
		if err := events.Emit("planned", e); err != nil {
			return err
		}
	}
	return nil
}

// recordIn finds what is known of an order: by the infohash, where the source says it without the network, or else by
// the source itself.
func (d *order) recordIn(records []ledger.Record) (ledger.Record, bool) {
	hashes := map[string]bool{}
	if !isWeb(d.source.text) {
		if in, err := d.source.loadFirst(nil, d.env, d.web()); err == nil { //nolint:staticcheck // nothing is waited for
			for _, h := range in.hashes() {
				hashes[h.String()] = true
			}
		}
	}
	for _, r := range records {
		if r.Output == d.dir && r.As == d.name && (hashes[r.InfoHash] || len(hashes) == 0 && r.Source == d.origin()) {
			return r, true
		}
	}
	return ledger.Record{}, false
}

// plan says what would be done, and where.
func (d *order) plan(r ledger.Record, known bool) (action, path string) {
	switch {
	case !known:
		return planFetch, filepath.Join(d.dir, d.name)
	case !r.State.Done():
		return planResume, placeOf(r)
	}
	if _, err := os.Lstat(r.Target); err != nil {
		return planCheck, r.Target
	}
	if d.stays() && !d.servedBefore(r) {
		return planSeed, r.Target
	}
	return planUnchanged, r.Target
}
