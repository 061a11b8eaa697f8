package tracker

import (
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"http://t.example/announce":                  "http://t.example/announce",
		"https://t.example:443/announce?passkey=abc": "https://t.example:443/announce?***",
		"http://t.example/abcdef0123/announce":       "http://t.example/***/announce",
		"http://t.example/announce.php?x=1&y=2":      "http://t.example/announce.php?***",
		"http://t.example/announce/abcdef0123":       "http://t.example/announce/***",
		"http://user:pass@t.example/announce":        "http://t.example/announce",
		"udp://t.example:6969":                       "udp://t.example:6969",
		"udp://[2001:db8::1]:6969/announce":          "udp://[2001:db8::1]:6969/announce",
		"http://t.example/announce#abcdef":           "http://t.example/announce",
		"http://t.example/%61nnounce":                "http://t.example/***",
		"http://t.example/a/ann?secret":              "http://t.example/a/ann?***",
		"http://bad host/secret":                     "http://***",
		"http://t.example/%zz/secret":                "http://***",
		"secret":                                     "***",
		"secret://":                                  "secret://***",
		"Sec ret://x":                                "***",
		"":                                           "***",
		"mailto:secret@example":                      "***",
		strings.Repeat("secret", 50) + "://x y":      "***",
	} {
		if got := Redact(raw); got != want {
			t.Errorf("Redact(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestScrub(t *testing.T) {
	u, err := url.Parse("http://someone:password@t.example/0123456789/announce?passkey=s%20ecret&other=ecret-and-more&x=1")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"passkey 0123456789 is unknown":              "passkey *** is unknown",
		"unknown: s ecret":                           "unknown: ***",
		"unknown: s%20ecret":                         "unknown: ***",
		"ecret-and-more":                             "***",
		"passkey=s%20ecret&other=ecret-and-more&x=1": "***",
		"someone with password":                      "*** with ***",
		"announce failed with 1":                     "announce failed with 1",
	} {
		if got := scrub(text, secrets(u)); got != want {
			t.Errorf("scrub(%q) = %q, want %q", text, got, want)
		}
	}
}
