package cli

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
)

// samples are values of flags of get that are not the default, one for each kind of flag.
var samples = flagValues{
	"proxy": {"socks5://user:secret@192.0.2.1:1080"}, "port": {"7000-7010"}, "encryption": {"required"}, "down": {"1.5MiB"},
	"timeout": {"1h30m"}, "peer": {"192.0.2.1:1", "192.0.2.2:2"}, "tracker": {"http://tracker.example/a,b/announce"},
	"save-torrent": {"x.torrent"}, "no-dht": {"true"}, "max-peers": {"7"}, "max-torrent": {"20MB"}, "blocklist": {"list.gz"},
	"on-complete": {"true"}, "seed-until": {"ratio>=2 && seeders>=3"}, "seed-ratio": {"1.25"}, "bind": {"127.0.0.1"},
}

func getFlagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet("get", pflag.ContinueOnError)
	(&getOptions{}).addFlags(fs)
	return fs
}

// What is written down of flags sets the same again, secrets of proxies with it.
func TestFlagsAreSetAgain(t *testing.T) {
	first := getFlagSet()
	if err := samples.set(first); err != nil {
		t.Fatal(err)
	}
	given := givenFlags(first)
	second := getFlagSet()
	if err := given.set(second); err != nil {
		t.Fatal(err)
	}
	for name := range samples {
		if slices.Contains(oncely, name) {
			if given[name] != nil {
				t.Errorf("%s is written down", name)
			}
			continue
		}
		if a, b := valuesOf(first.Lookup(name)), valuesOf(second.Lookup(name)); !reflect.DeepEqual(a, b) || a[0] == "" {
			t.Errorf("--%s: %q, then %q", name, a, b)
		}
	}
	if got := given["proxy"]; !reflect.DeepEqual(got, samples["proxy"]) {
		t.Errorf("proxy: %q", got)
	}
	if len(givenFlags(getFlagSet())) != 0 {
		t.Error("defaults are written down")
	}
}

// Every flag of get can be written down and set again, or is known to be of one run alone.
func TestEveryFlagIsThoughtOf(t *testing.T) {
	first, second := getFlagSet(), getFlagSet()
	first.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(oncely, f.Name) {
			return
		}
		values := samples[f.Name]
		if values == nil {
			values = valuesOf(f)
		}
		if err := (flagValues{f.Name: values}).set(second); err != nil {
			t.Errorf("--%s: %v", f.Name, err)
		}
	})
	for _, name := range oncely {
		if name != "help" && first.Lookup(name) == nil {
			t.Errorf("get has no flag %s", name)
		}
	}
}

// What was typed wins over what a transfer began with, and that over the environment and the file.
func TestFlagsOverOthers(t *testing.T) {
	began := flagValues{"peer": {"192.0.2.1:1"}, "port": {"7000"}, "down": {"1MiB"}}
	fs := getFlagSet()
	if err := fs.Parse([]string{"--port", "8000"}); err != nil {
		t.Fatal(err)
	}
	markTyped(fs)
	for name, value := range map[string]string{"down": "2MiB", "up": "3MiB"} { // as the environment does
		if err := fs.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	got := began.over(fs)
	want := flagValues{"peer": {"192.0.2.1:1"}, "port": {"8000"}, "down": {"1MiB"}, "up": {"3MiB"}}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Transfers share a session only where they use the network alike.
func TestNetworkKey(t *testing.T) {
	plain := networkKey(flagValues{"timeout": {"1s"}, "peer": {"192.0.2.1:1"}})
	if plain != "" {
		t.Errorf("%q", plain)
	}
	one, other := networkKey(flagValues{"proxy": {"http://192.0.2.1"}}), networkKey(flagValues{"proxy": {"http://192.0.2.2"}})
	if one == other || one == plain {
		t.Errorf("%q and %q", one, other)
	}
}

// What has failed is tried again after a minute, then later and later, and what is complete is looked at now and again.
func TestWatcherTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watcher{getter: &getter{term: ui.NewIO(ui.Options{})}, o: &applyOptions{every: config.Duration(5 * time.Minute)}}
		k := &task{order: &order{}, transfer: newTransfer(source{text: "x"})}
		end := func(err error) time.Duration {
			k.stop, k.transfer.err = func(error) {}, err
			w.conclude(k)
			return time.Until(k.next)
		}
		for i, least := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			if d := end(errors.New("failed")); d < least*time.Minute || d > least*time.Minute*5/4 {
				t.Errorf("try %d: next in %v", i+1, d)
			}
		}
		if d := end(nil); d != 5*time.Minute || k.fails != 0 {
			t.Errorf("complete: next in %v, %d fails", d, k.fails)
		}
		if d := end(errors.New("failed")); d > 2*time.Minute {
			t.Errorf("next in %v after it had been well", d)
		}
		w.o.every = 0
		if end(nil); !k.next.IsZero() {
			t.Errorf("never: next at %v", k.next)
		}
	})
}
