package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestEvents(t *testing.T) {
	id := Ident{InfoHash: "aaf2c71b0e0a8e3a4e0f3b2d3a4b5c6d7e8f9a0b", Name: "a <b> & \u202ename"}
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		j := NewJSON(&b)
		for _, e := range []struct {
			name   string
			fields any
		}{
			{EventAdded, AddedEvent{id, "magnet:?xt=urn:btih:aaf2"}},
			{EventMetadata, MetadataEvent{id, 1 << 30, 1 << 20, 1024, 3, true}},
			{EventChecking, CheckingEvent{id, 1 << 30}},
			{EventProgress, ProgressEvent{Ident: id, State: Downloading.String(), BytesDone: 5, BytesTotal: 10, BytesVerified: 4, RateDown: 3, RateUp: 2, Uploaded: 1, Ratio: 0.2, Peers: 7, Seeds: 6, PiecesDone: 1, PiecesTotal: 2, ETA: Seconds(2.6)}},
			{EventProgress, ProgressEvent{Ident: id, State: Metadata.String(), ETA: Seconds(0), Note: "no peers"}},
			{EventFile, FileEvent{id, 1, "dir/\x1b[31mfile", 12}},
			{EventComplete, CompleteEvent{id, "/data/x", 10, 5, 1, 1.5}},
			{EventSeeding, SeedingEvent{id, "magnet:?xt=urn:btih:aaf2", 7, 0.7}},
			{EventWarning, WarningEvent{id, "tracker: \xff\u0085"}},
			{EventError, ErrorEvent{id, "x.torrent", 26, "bad", "look"}},
			{EventResult, Result{Ident: id, Source: "y", Path: "/data/y", BytesTotal: 10, Downloaded: 5, Uploaded: 1, Elapsed: 1.5}},
			{EventResult, Result{Ident: id, Source: "x", Code: 26, Message: "bad", Hint: "look"}},
			{EventSummary, SummaryEvent{Code: 26, Total: 2, Complete: 1, Failed: 1, Results: []Result{{Ident: id, Source: "x", Code: 26, Message: "bad"}}}},
			{"bare", nil},
			{"mapped", map[string]any{"b": 1, "a": []string{"\U000e0041"}}},
		} {
			if err := j.Emit(e.name, e.fields); err != nil {
				t.Errorf("%s: %v", e.name, err)
			}
			time.Sleep(1250 * time.Millisecond)
		}
		golden(t, "events.ndjson", b.String())
	})
}

func TestEventFieldsOfTheContract(t *testing.T) {
	names := func(v any) (list []string) {
		typ := reflect.TypeOf(v)
		for _, f := range reflect.VisibleFields(typ) {
			if tag := f.Tag.Get("json"); tag != "" {
				list = append(list, strings.TrimSuffix(tag, ",omitempty"))
			}
		}
		return list
	}
	for _, want := range []struct {
		event  any
		fields string
	}{
		{ProgressEvent{}, "infohash name bytes_done bytes_total bytes_verified rate_down rate_up uploaded ratio peers seeds pieces_done pieces_total eta_s"},
		{ErrorEvent{}, "infohash name code message hint"},
	} {
		have := map[string]bool{}
		for _, n := range names(want.event) {
			have[n] = true
		}
		for _, n := range strings.Fields(want.fields) {
			if !have[n] {
				t.Errorf("%T has no field %s", want.event, n)
			}
		}
	}
}

// failing is a reader of events that has gone away.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestEventsThatCannotBe(t *testing.T) {
	var b bytes.Buffer
	j := NewJSON(&b)
	for _, fields := range []any{
		5, "text", []int{1}, math.Inf(1), map[string]any{"v": 2}, map[string]any{"event": "x"}, map[string]any{"time": 0},
		map[string]any{"f": func() {}},
	} {
		if err := j.Emit("x", fields); err == nil || !strings.HasPrefix(err.Error(), "emit event x: ") {
			t.Errorf("%v: error %v", fields, err)
		}
	}
	if b.Len() > 0 {
		t.Errorf("wrote %q", b.String())
	}
	if err := NewJSON(failing{}).Emit("x", nil); err == nil || err.Error() != "emit event x: broken pipe" {
		t.Errorf("got %v", err)
	}
}

// lines counts writes and checks that each is one line.
type lines struct {
	t *testing.T
	n int
}

func (l *lines) Write(p []byte) (int, error) {
	l.n++
	if bytes.Count(p, []byte("\n")) != 1 || !bytes.HasSuffix(p, []byte("}\n")) || !json.Valid(p) {
		l.t.Errorf("wrote %q", p)
	}
	return len(p), nil
}

func TestEventsFromManyGoroutines(t *testing.T) {
	l := &lines{t: t}
	j := NewJSON(l)
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			for n := range 50 {
				if err := j.Emit("x", map[string]any{"name": fmt.Sprintf("%d\n%d", i, n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if l.n != 400 {
		t.Errorf("%d writes", l.n)
	}
}

func FuzzEmit(f *testing.F) {
	f.Add("name", "\x1b\u009b\u2028\xff\U000e0041\u202e")
	f.Fuzz(func(t *testing.T, event, text string) {
		var b bytes.Buffer
		if err := NewJSON(&b).Emit(event, WarningEvent{Message: text}); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSuffix(b.String(), "\n")
		for _, r := range line {
			if dangerous(r) {
				t.Fatalf("%q: %U got through", line, r)
			}
		}
		var got struct{ Event, Message string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if utf8.ValidString(text) && got.Message != text {
			t.Fatalf("%q came back as %q", text, got.Message)
		}
	})
}
