package tracker

import (
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"http://t.example/announce":                       "http://t.example/announce",
		"https://t.example:443/announce?passkey=abc":      "https://t.example:443/announce?***",
		"http://t.example/abcdef0123/announce":            "http://t.example/***/announce",
		"http://t.example/announce.php?x=1&y=2":           "http://t.example/announce.php?***",
		"http://t.example/announce/abcdef0123":            "http://t.example/announce/***",
		"http://user:pass@t.example/announce":             "http://t.example/announce",
		"udp://t.example:6969":                            "udp://t.example:6969",
		"udp://[2001:db8::1]:6969/announce":               "udp://[2001:db8::1]:6969/announce",
		"http://t.example/announce#abcdef":                "http://t.example/announce",
		"http://t.example/%61nnounce":                     "http://t.example/***",
		"http://t.example/a/ann?secret":                   "http://t.example/a/ann?***",
		"http://bad host/secret":                          "http://***",
		"http://t.example/%zz/secret":                     "http://***",
		"secret":                                          "***",
		"secret://":                                       "secret://***",
		"Sec ret://x":                                     "***",
		"":                                                "***",
		"mailto:secret@example":                           "***",
		strings.Repeat("secret", 50) + "://x y":           "***",
		"secretsecretsecret://t.example/announce":         "***",
		"http://t.example/" + strings.Repeat("a", maxURL): "http://***",
		"https://0123456789abcdef0123456789abcdef.t.example:80/announce":   "https://***.t.example:80/announce",
		"http://expyuzz4wqqyqhjnexpyuzz4wqqyqhjnexpyuzz4wqqyqhjn22.onion/": "http://expyuzz4wqqyqhjnexpyuzz4wqqyqhjnexpyuzz4wqqyqhjn22.onion/",
		"http://tracker-12-with-a-long-name.example/announce":              "http://tracker-12-with-a-long-name.example/announce",
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
		"PASSWORD":                                   "***",
		"passwordpassword":                           "******",
	} {
		if got := scrub(text, secrets(u)); got != want {
			t.Errorf("scrub(%q) = %q, want %q", text, got, want)
		}
	}
	u, err = url.Parse("http://u:pw1@0123456789abcdef0123456789abcdef.t.example/a?abcdef0123456789abcdef0123&passkey=v&0123456789abcdef01239999=x")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"lookup 0123456789abcdef0123456789abcdef.t.example: no such host": "lookup ***.t.example: no such host",
		"abcdef0123456789abcdef0123 and 0123456789abcdef01239999":         "*** and ***",
		"pw1":                    "***",
		"bad passkey, t.example": "bad passkey, t.example",
	} {
		if got := scrub(text, secrets(u)); got != want {
			t.Errorf("scrub(%q) = %q, want %q", text, got, want)
		}
	}
}

// Of secrets that overlap none shows.
func TestScrubOverlaps(t *testing.T) {
	for text, want := range map[string]string{
		"xabcdefghijx":       "x***x",
		"xabcdefx":           "x***x",
		"xcdefghijx":         "x***x",
		"abcdefabcdefghijab": "******ab",
	} {
		if got := scrub(text, []string{"cdefghij", "abcdef"}); got != want {
			t.Errorf("scrub(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzScrub: none of the secrets is in what is shown, in whatever text they stand.
func FuzzScrub(f *testing.F) {
	f.Add("key 0123456789 is unknown", "0123456789", "passkey")
	f.Add("aaaaaaaaaaaaa", "aaaaaa", "aaaaaaa")
	f.Add(strings.Repeat("x", 250)+"ABCDEFGH", "abcdefgh", "efghij")
	f.Fuzz(func(t *testing.T, text, one, two string) {
		some := secrets(&url.URL{Scheme: "http", Host: "t", RawQuery: "a=" + one, User: url.UserPassword("u", two)})
		got := scrub(text, some)
		if len(got) > maxText {
			t.Errorf("%d bytes", len(got))
		}
		for _, s := range some {
			if !strings.Contains(s, "*") && strings.Contains(strings.ToLower(got), strings.ToLower(s)) {
				t.Errorf("%q shows %q", got, s)
			}
		}
	})
}
