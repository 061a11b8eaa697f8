package tracker

import (
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// hashes are infohashes of one letter each.
func hashes(letters string) [][20]byte {
	var all [][20]byte
	for _, l := range []byte(letters) {
		all = append(all, [20]byte([]byte(strings.Repeat(string(l), 20))))
	}
	return all
}

func checkCensus(t *testing.T, c *census, n int) {
	t.Helper()
	if len(c.counts) != n || c.pause < 0 || c.pause > maxInterval {
		t.Errorf("census %+v", c)
	}
	for _, counts := range c.counts {
		checkCounts(t, counts)
	}
}

func TestScrapeURL(t *testing.T) {
	for from, want := range map[string]string{
		"http://t/announce":              "http://t/scrape",
		"http://t/x/announce":            "http://t/x/scrape",
		"http://t/announce.php?k=v":      "http://t/scrape.php?k=v",
		"http://t/announce/announce":     "http://t/announce/scrape",
		"http://t/p%2Fk/announce?x=/y":   "http://t/p%2Fk/scrape?x=/y",
		"https://t/announce-old":         "https://t/scrape-old",
		"http://t/a":                     "",
		"http://t":                       "",
		"http://t/announce/":             "",
		"http://t/announce/x":            "",
		"http://t/%61nnounce":            "",
		"http://t/x?announce":            "",
		"http://t/Announce":              "",
		"http://t/x/announce%zz":         "",
		"http://t/x%zz/announce":         "",
		"http://announce/x":              "",
		"http://t/announce?x=announce/y": "http://t/scrape?x=announce/y",
	} {
		u, err := url.Parse(from)
		if err != nil {
			continue
		}
		got := ""
		if s := scrapeURL(u); s != nil {
			got = s.String()
		}
		if got != want {
			t.Errorf("%s is scraped at %q, want %q", from, got, want)
		}
	}
}

func TestScrapeQuery(t *testing.T) {
	u, err := url.Parse("http://t/scrape?passkey=x%20y")
	if err != nil {
		t.Fatal(err)
	}
	got := scrapeQuery(u, [][20]byte{[20]byte([]byte("\x00 +&=%abcdefghijklmn")), [20]byte([]byte(strings.Repeat("b", 20)))})
	want := "passkey=x%20y&info_hash=%00%20%2B%26%3D%25abcdefghijklmn&info_hash=" + strings.Repeat("b", 20)
	if got != want {
		t.Errorf("query %q, want %q", got, want)
	}
}

func TestParseHTTPScrape(t *testing.T) {
	a, b := "20:"+strings.Repeat("a", 20), "20:"+strings.Repeat("b", 20)
	one := "d8:completei1e10:downloadedi2e10:incompletei3ee"
	for _, c := range []struct {
		name, body string
		want       []Counts // of a and b
		pause      time.Duration
	}{
		{"both", "d5:filesd" + a + one + b + "d8:completei7eeee", []Counts{{1, 3, 2}, {7, -1, -1}}, 0},
		{"other order, a stranger", "d5:filesd" + b + one + "20:" + strings.Repeat("z", 20) + one + "1:a" + one + "ee", []Counts{unknown, {1, 3, 2}}, 0},
		{"none", "d5:filesdee", []Counts{unknown, unknown}, 0},
		{"empty", "de", []Counts{unknown, unknown}, 0},
		{"flags", "d5:filesd" + a + one + "e5:flagsd20:min_request_intervali900e1:xi1eee", []Counts{{1, 3, 2}, unknown}, 15 * time.Minute},
		{"absurd pause", "d5:flagsd20:min_request_intervali99999999999999eee", []Counts{unknown, unknown}, maxInterval},
		{"negative pause", "d5:flagsd20:min_request_intervali-5eee", []Counts{unknown, unknown}, 0},
		{"other kinds", "d5:filesle5:flagsi5ee", []Counts{unknown, unknown}, 0},
		{"other kinds within", "d5:filesd" + a + "i5e" + b + "d8:complete1:x10:incompletei4eeee", []Counts{unknown, {-1, 4, -1}}, 0},
		{"absurd", "d5:filesd" + a + "d8:completei99999999999999999999e10:incompletei-99eeee", []Counts{{1<<31 - 1, -1, -1}, unknown}, 0},
		{"twice", "d5:filesd" + a + one + a + "d8:completei9eeee", []Counts{{9, 3, 2}, unknown}, 0},
		{"trailing", "d5:filesd" + a + one + "ee<html>", []Counts{{1, 3, 2}, unknown}, 0},
	} {
		got, err := parseHTTPScrape([]byte(c.body), hashes("ab"))
		if err != nil || !slices.Equal(got.counts, c.want) || got.pause != c.pause {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	for _, body := range []string{"d14:failure reason2:noe", "d14:failure_reason2:no5:filesdee"} {
		_, err := parseHTTPScrape([]byte(body), hashes("a"))
		if f, ok := errors.AsType[*Failure](err); !ok || f.Reason != "no" {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{
		"", "<html>", "le", "d5:filesd", "d5:filesd" + a, "d5:filesd" + a + "d8:completei", "d5:flagsd1:a",
		"d5:filesd" + strings.Repeat("1:ad", 100_000), "d5:files" + strings.Repeat("l", 900_000),
	} {
		if got, err := parseHTTPScrape([]byte(body), hashes("a")); err == nil {
			t.Errorf("%.50q: %+v", body, got)
		}
	}
}

func TestScrapePacket(t *testing.T) {
	got := hex.EncodeToString(scrapePacket(0xc0ffee, 7, hashes("hi")))
	want := "0000000000c0ffee" + "00000002" + "00000007" + strings.Repeat("68", 20) + strings.Repeat("69", 20)
	if got != want {
		t.Errorf("scrape packet %s, want %s", got, want)
	}
}

func TestParseUDPScrape(t *testing.T) {
	head := "\x00\x00\x00\x02\x00\x00\x00\x07"
	one := "\x00\x00\x00\x05\x00\x00\x00\x09\x00\x00\x00\x03"
	for body, want := range map[string][]Counts{
		"":                            {unknown, unknown},
		one:                           {{5, 3, 9}, unknown},
		one + one:                     {{5, 3, 9}, {5, 3, 9}},
		one + one + one:               {{5, 3, 9}, {5, 3, 9}},
		one + one[:11]:                {{5, 3, 9}, unknown},
		strings.Repeat("\xff", 12):    {unknown, unknown},
		"\x7f\xff\xff\xff" + one[:8]:  {{1<<31 - 1, 9, 5}, unknown},
		"\x80\x00\x00\x00" + one[4:]:  {{-1, 3, 9}, unknown},
		strings.Repeat("\x00", 40000): {{}, {}},
	} {
		got, err := parseScrapeReply([]byte(head+body), 2)
		if err != nil || !slices.Equal(got.counts, want) {
			t.Errorf("%q: %+v, %v; want %v", body[:min(len(body), 30)], got, err, want)
		}
	}
	for _, b := range []string{"", head[:7], "\x00\x00\x00\x01" + head[4:] + one} {
		if got, err := parseScrapeReply([]byte(b), 1); err == nil {
			t.Errorf("%q: %+v", b, got)
		}
	}
	_, err := parseScrapeReply([]byte("\x00\x00\x00\x03\x00\x00\x00\x07no"), 1)
	if f, ok := errors.AsType[*Failure](err); !ok || f.Reason != "no" {
		t.Errorf("refusal: %v", err)
	}
}

func FuzzHTTPScrape(f *testing.F) {
	a := "20:" + strings.Repeat("a", 20)
	for _, s := range []string{
		"de", "d5:filesd" + a + "d8:completei1e10:downloadedi2e10:incompletei3eeee", "d14:failure_reason2:noe",
		"d5:filesdee5:flagsd20:min_request_intervali900eee", "d5:filesd" + a + "i5eee", "d5:filesle5:flagsi5ee",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseHTTPScrape(b, hashes("ab")); err == nil {
			checkCensus(t, c, 2)
		}
	})
}
