package ui_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/internal/ui/eventtest"
)

func checker(t *testing.T, strict bool) *eventtest.Checker {
	t.Helper()
	c, err := eventtest.New(strict)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// emitted are the lines of the golden file of all events, by event.
func emitted(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string][]string{}
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var e struct{ Event string }
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatal(err)
		}
		lines[e.Event] = append(lines[e.Event], l)
	}
	return lines
}

func TestEventsKeepToTheSchema(t *testing.T) {
	lines := emitted(t)
	strict, lenient := checker(t, true), checker(t, false)
	for _, name := range []string{
		ui.EventAdded, ui.EventMetadata, ui.EventChecking, ui.EventProgress, ui.EventFile, ui.EventComplete,
		ui.EventSeeding, ui.EventWarning, ui.EventError, ui.EventResult, ui.EventSummary,
	} {
		if len(lines[name]) == 0 {
			t.Errorf("%s is not among the events that were looked at", name)
		}
		for _, l := range lines[name] {
			if err := strict.Check([]byte(l)); err != nil {
				t.Error(err)
			}
			if err := lenient.Check([]byte(l)); err != nil {
				t.Error(err)
			}
		}
	}
}

// The empty values of all events, too: what is 0 or "" is there nevertheless, or may be missing.
func TestEmptyEventsKeepToTheSchema(t *testing.T) {
	var b bytes.Buffer
	j := ui.NewJSON(&b)
	for name, fields := range map[string]any{
		ui.EventAdded: ui.AddedEvent{}, ui.EventMetadata: ui.MetadataEvent{}, ui.EventChecking: ui.CheckingEvent{},
		ui.EventProgress: ui.ProgressEvent{State: ui.Waiting.String()}, ui.EventFile: ui.FileEvent{Index: 1},
		ui.EventComplete: ui.CompleteEvent{}, ui.EventSeeding: ui.SeedingEvent{}, ui.EventWarning: ui.WarningEvent{},
		ui.EventError: ui.ErrorEvent{}, ui.EventResult: ui.Result{}, ui.EventSummary: ui.SummaryEvent{Results: []ui.Result{}},
	} {
		if err := j.Emit(name, fields); err != nil {
			t.Fatal(err)
		}
	}
	if err := checker(t, true).Check(b.Bytes()); err != nil {
		t.Error(err)
	}
}

func TestSchemaRefuses(t *testing.T) {
	lines := emitted(t)
	progress := lines[ui.EventProgress][0]
	for name, l := range map[string]string{
		"no time":         strings.Replace(progress, `"time":`, `"tide":`, 1),
		"other version":   strings.Replace(progress, `"v":1`, `"v":2`, 1),
		"field renamed":   strings.Replace(progress, `"bytes_done"`, `"bytesDone"`, 1),
		"text for number": strings.Replace(progress, `"peers":7`, `"peers":"7"`, 1),
		"negative":        strings.Replace(progress, `"peers":7`, `"peers":-7`, 1),
		"unknown state":   strings.Replace(progress, `"downloading"`, `"leeching"`, 1),
		"infohash":        strings.Replace(progress, `"infohash":"aa`, `"infohash":"`, 1),
		"no JSON":         progress[1:],
		"no results":      strings.Replace(lines[ui.EventSummary][0], `"results"`, `"outcomes"`, 1),
	} {
		if err := checker(t, false).Check([]byte(l)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Readers have to live with what later versions add; we may add nothing without writing it down.
func TestSchemaAndLaterVersions(t *testing.T) {
	l := emitted(t)[ui.EventAdded][0]
	for name, more := range map[string]string{
		"field": strings.Replace(l, `"source":`, `"colour":"red","source":`, 1),
		"event": strings.Replace(l, `"added"`, `"flooded"`, 1),
	} {
		if err := checker(t, false).Check([]byte(more)); err != nil {
			t.Errorf("another %s: %v", name, err)
		}
		if err := checker(t, true).Check([]byte(more)); err == nil {
			t.Errorf("another %s is taken as written down", name)
		}
	}
	if err := checker(t, true).Check(nil); err != nil {
		t.Error(err)
	}
}
