package tracker

import (
	"net/url"
	"slices"
	"strings"
)

// hidden stands where a secret was.
const hidden = "***"

// plainSegments are the parts of a path that hold no secret; every other one may be a passkey.
var plainSegments = map[string]bool{
	"": true, "announce": true, "announce.php": true, "scrape": true, "scrape.php": true,
	"ann": true, "tracker": true, "tracker.php": true, "bt": true, "a": true,
}

// Redact gives a tracker's URL without what may be a passkey: scheme and host stay, the parts of the
// path that are not well known, the query and the user name do not.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		scheme, _, ok := strings.Cut(raw, "://")
		if !ok || len(scheme) > 10 || strings.ContainsFunc(scheme, func(r rune) bool { return r < 'a' || r > 'z' }) {
			return hidden
		}
		return scheme + "://" + hidden
	}
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		if !plainSegments[s] {
			segments[i] = hidden
		}
	}
	text := u.Scheme + "://" + u.Host + strings.Join(segments, "/")
	if u.RawQuery != "" {
		text += "?" + hidden
	}
	return text
}

// minSecret is the length from which a part of a URL is worth hiding where it comes up in a text;
// shorter ones are found by chance in any sentence.
const minSecret = 6

// secrets lists the parts of a URL that a text must not repeat, as they are written in the URL and as
// they read once unescaped.
func secrets(u *url.URL) []string {
	var all []string
	add := func(parts ...string) {
		for _, s := range parts {
			if len(s) >= minSecret && !plainSegments[s] {
				all = append(all, s)
			}
		}
	}
	add(u.RawQuery)
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		_, value, ok := strings.Cut(pair, "=")
		if !ok {
			value = pair
		}
		plain, _ := url.QueryUnescape(value) //nolint:errcheck // then it is empty, and skipped
		add(value, plain)
	}
	add(strings.Split(u.EscapedPath(), "/")...)
	add(strings.Split(u.Path, "/")...)
	if u.User != nil {
		password, _ := u.User.Password()
		add(u.User.Username(), password)
	}
	// The longest first, so that none is left half hidden by another one that it contains.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// scrub takes the secrets out of a text that a tracker or a library made.
func scrub(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, hidden)
	}
	return text
}
