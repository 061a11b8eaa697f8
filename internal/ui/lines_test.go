package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The words of plain lines, which scripts look for: they may become more, and never others.
const (
	sizeText = `(?:\d+ B|\d+\.\d [KMGTPE]iB)`
	timeText = `(?:0\.\ds|\d+s|\d+m\d\ds|\d+h\d\dm|\d+d\d\dh)`
)

var plainLines = []*regexp.Regexp{
	regexp.MustCompile(`^.+: (waiting|hashing|metadata|checking|downloading|finishing|seeding|done|stopped|failed)` +
		`( \d+% \(` + sizeText + ` of ` + sizeText + `\))?(, ` + sizeText + `/s( down| up)?)*(, ` + sizeText + ` sent)?(, ratio \d+\.\d\d)?` +
		`(, [\d,]+ peers?)?(, [\d,]+ seeds?)?(, ` + timeText + ` left)?(, stalled)?(: .+)?$`),
	regexp.MustCompile(`^.+: (done|hashed|checked|failed|stopped), ` + sizeText + ` in ` + timeText + `(, ` + sizeText + `/s)?(, ratio \d+\.\d\d)?(: .+)?$`),
	regexp.MustCompile(`^total: \d+ of \d+ done(, \d+ failed)?(, \d+ stopped)?(, ` + sizeText + `( in ` + timeText + `)?)` +
		`(, ` + sizeText + `/s down, ` + sizeText + `/s up, [\d,]+ peers?)?(, ` + timeText + ` left)?$`),
}

func TestPlainLinesKeepTheirWords(t *testing.T) {
	for _, name := range []string{"lines.golden", "summary-pipe.golden", "summary-one.golden", "summary-one-seeded.golden"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
			known := false
			for _, re := range plainLines {
				known = known || re.MatchString(l)
			}
			if !known {
				t.Errorf("%s: %q is no line that scripts know", name, l)
			}
		}
	}
}

// A locale without UTF-8 says something of a terminal and nothing of a file.
func TestLinesInAnASCIILocale(t *testing.T) {
	for _, tty := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			v := newVT(80, 24)
			x := NewIO(Options{Err: v, Progress: ProgressLine, Getenv: env("LANG", "C"), Terminal: &Terminal{ErrTTY: tty}})
			p := x.Progress(ProgressOptions{})
			p.Add(func() Row { return Row{Name: "größe\x9b", Phase: Waiting, Note: "日本"} })
			time.Sleep(1500 * time.Millisecond)
			p.Close()
			want := "größe\\x9b: waiting: 日本\n"
			if tty {
				want = `gr\u00f6\u00dfe\x9b: waiting: \u65e5\u672c` + "\n"
			}
			if got := v.text(); got != strings.Repeat(want, 2) {
				t.Errorf("terminal %v: %q", tty, got)
			}
		})
	}
}

func TestFewerFramesOverSSH(t *testing.T) {
	for far, want := range map[bool]time.Duration{false: barInterval, true: farInterval} {
		getenv := env()
		if far {
			getenv = env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
		}
		if x := NewIO(Options{Getenv: getenv}); x.beat != want {
			t.Errorf("a frame each %v", x.beat)
		}
	}
}
