package cli

import (
	"github.com/spf13/cobra"

	"github.com/shoal-project/shoal/internal/ui"
)

// eventMeanings is what each event says, with the fields that matter.
var eventMeanings = [][2]string{
	{ui.EventAdded, "work on a source begins: source"},
	{ui.EventMetadata, "the metadata is known: bytes_total, piece_length, pieces_total, files, private"},
	{ui.EventChecking, "what is there already is being hashed: bytes_total"},
	{ui.EventProgress, "once a second, and at the end: state, bytes_done, bytes_total, bytes_verified, rate_down,\n" +
		"rate_up, uploaded, ratio, peers, seeds, pieces_done, pieces_total, eta_s (null: unknown), and\n" +
		"note, why nothing moves"},
	{ui.EventFile, "a file has its final name: index (as --select counts), path, bytes"},
	{ui.EventComplete, "all that was wanted is there: path, bytes_total, downloaded, uploaded, elapsed_s"},
	{ui.EventSeeding, "it is being served: magnet, port, uploaded and ratio over all runs"},
	{ui.EventWarning, "a fault that stops nothing: message"},
	{ui.EventError, "a fault that ended the work on a source: code, message, hint, source"},
	{ui.EventResult, "what became of a source: code, path, message"},
	{ui.EventSummary, "the last one: code, total, complete, failed, unfinished, downloaded, uploaded, elapsed_s,\n" +
		"and results with one entry a source, in the order given"},
}

func eventsTopic(*cobra.Command) string {
	return "With --json a command prints one JSON object a line on stdout, and nothing else there. Each has v, the\n" +
		"version of the schema (1), time (RFC 3339, UTC, milliseconds), and event. Under one version fields are\n" +
		"added, never renamed or taken away: pass over those that you do not know, and events likewise.\n\n" +
		"get, seed, resume and apply print these. All but the summary have infohash and name.\n\n" +
		columns(eventMeanings) +
		"\nSizes are in bytes, rates in bytes a second, fields that end in _s in seconds. A code is the exit code that\n" +
		"it stands for (shoal help exit-codes). A change that apply makes is an event applied, with the field change:\n" +
		"fetched, unchanged, seeding or failed, and with --dry-run planned, with the field action.\n\n" +
		"Other commands print what they find out: show torrent or magnet, create created, edit edited, verify a\n" +
		"file_checked for each file, list a transfer for each, forget forgotten.\n\n" +
		"shoal help events-schema prints the JSON schema (2020-12) of all of them.\n"
}
