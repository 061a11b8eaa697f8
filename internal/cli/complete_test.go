package cli

import (
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"get ":                 "torrent :8", // files that end so
		"verify ":              "torrent :8",
		"seed ":                ":0", // any file
		"apply ":               "toml yaml yml :8",
		"man ":                 ":16", // folders
		"list ":                ":4",  // nothing
		"get --encryption ":    "required preferred allowed off :4",
		"get --color a":        "auto always never :4",
		"seed --progress=":     "auto bar line none :4",
		"create --format ":     "v1 v2 hybrid :4",
		"seed --data ":         ":16",
		"get --output ":        ":0",
		"get --blocklist ":     ":0",
		"get --peer ":          ":4",
		"get --seed-time ":     ":4",
		"completion ":          "bash fish powershell zsh :4",
		"resume --timeout ":    ":4",
		"resume ":              ":4",
		"help get ":            ":4",
		"get --list --no-dht ": "torrent :8",
	} {
		_, out, _ := run(t, t.TempDir(), "", append([]string{"__complete"}, strings.Split(args, " ")...)...)
		var words []string
		for line := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			words = append(words, word)
		}
		got := strings.Join(words, " ")
		if args == "completion " { // in whatever order
			if !strings.Contains(got, "bash") || !strings.Contains(got, "zsh") || !strings.HasSuffix(got, ":4") {
				t.Errorf("%s: %q", args, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
