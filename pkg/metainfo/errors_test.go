package metainfo

import (
	"strings"
	"testing"
)

func TestMessages(t *testing.T) {
	for got, want := range map[string]string{
		(&Error{Reason: "r"}).Error():                  "parse torrent: r",
		(&Error{Part: "p", Reason: "r"}).Error():       "parse torrent: p: r",
		(&MagnetError{Reason: "r"}).Error():            "parse magnet: r",
		(&MagnetError{Part: "p", Reason: "r"}).Error(): "parse magnet: p: r",
		(&OptionError{"Name", "r"}).Error():            "set Name: r",
		quote("a\x1b\u202e"):                           `"a\x1b\u202e"`,
		quote(strings.Repeat("x", 81)):                 `"` + strings.Repeat("x", 80) + `"...`,
		Complete.String() + WrongSize.String():         "completewrong size",
		Status(99).String() + Format(9).String():       "Status(99)Format(9)",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
