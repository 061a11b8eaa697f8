package tracker

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// hidden stands where a secret was.
const hidden = "***"

// plainSegments are the parts of a path that hold no secret; every other one may be a passkey.
var plainSegments = map[string]bool{
	"": true, "announce": true, "announce.php": true, "scrape": true, "scrape.php": true,
	"ann": true, "tracker": true, "tracker.php": true, "bt": true, "a": true,
}

// Redact gives a tracker's URL without what may be a passkey: scheme and host stay, the parts of the
// path that are not well known, the query and the user name do not, nor does a part of the host that
// reads like a key.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || len(raw) > maxURL {
		scheme, _, ok := strings.Cut(raw, "://")
		if !ok || !isScheme(scheme) {
			return hidden
		}
		return scheme + "://" + hidden
	}
	if !isScheme(u.Scheme) {
		return hidden
	}
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		if !plainSegments[s] {
			segments[i] = hidden
		}
	}
	host := u.Host
	for _, key := range hostKeys(u) {
		host = strings.ReplaceAll(host, key, hidden)
	}
	text := u.Scheme + "://" + host + strings.Join(segments, "/")
	if u.RawQuery != "" {
		text += "?" + hidden
	}
	return text
}

// isScheme reports whether a text can be shown as the scheme of a URL.
func isScheme(s string) bool {
	return len(s) <= 10 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

// minKey is the length from which a word of letters and digits reads like a key and not like a name.
const minKey = 20

// isKey reports whether a word reads like a key: long, of letters and digits alone, both of them.
func isKey(s string) bool {
	digits := 0
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			return false
		}
	}
	return len(s) >= minKey && digits >= 2 && digits < len(s)
}

// hostKeys lists the labels of a URL's host that read like keys. Networks whose names are keys of hosts
// are an exception.
func hostKeys(u *url.URL) []string {
	labels := strings.Split(u.Hostname(), ".")
	if last := labels[len(labels)-1]; last == "onion" || last == "i2p" {
		return nil
	}
	return slices.DeleteFunc(labels, func(s string) bool { return !isKey(s) })
}

const (
	// minSecret is the length from which a part of a URL is worth hiding where it comes up in a text;
	// shorter ones are found by chance in any sentence.
	minSecret = 6
	// minPassword is the same for a password, which is one for certain.
	minPassword = 3
)

// secrets lists the parts of a URL that a text must not repeat, as they are written in the URL and as
// they read once unescaped, the longest first.
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
		key, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok:
			value = pair
		case isKey(key):
			add(key)
		}
		plain, _ := url.QueryUnescape(value) //nolint:errcheck // then it is empty, and skipped
		add(value, plain)
	}
	add(strings.Split(u.EscapedPath(), "/")...)
	add(strings.Split(u.Path, "/")...)
	add(hostKeys(u)...)
	if u.User != nil {
		add(u.User.Username())
		if password, ok := u.User.Password(); ok && len(password) >= minPassword {
			all = append(all, password, url.QueryEscape(password), url.PathEscape(password))
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

const (
	// maxText bounds what is kept of a text that a tracker or a library wrote, in bytes.
	maxText = 256
	// maxRaw bounds how far such a text is read for that, in bytes.
	maxRaw = 16 << 10
)

// scrub makes a text that a tracker or a library wrote fit to be kept: without the secrets, whether in
// capitals or not and also where they overlap, and no longer than maxText. Both are done in one pass: a
// text that is cut first may end within a secret, which then is not found.
func scrub(text string, secrets []string) string {
	end := len(text) // of what may be shown
	if end > maxRaw {
		text, end = text[:maxRaw], maxRaw-maxURL // beyond that, a secret may be cut
	}
	var b strings.Builder
	secretUntil := 0
	for i := 0; i < end && b.Len() <= maxText; i++ {
		known := i < secretUntil
		if n := secretAt(text[i:], secrets); n > 0 {
			secretUntil = max(secretUntil, i+n)
		}
		switch {
		case known:
		case i < secretUntil:
			b.WriteString(hidden)
		default:
			b.WriteByte(text[i])
		}
	}
	return bounded(b.String())
}

// secretAt is the length of the longest secret that a text begins with, or 0.
func secretAt(text string, secrets []string) int {
	for _, s := range secrets {
		if len(s) <= len(text) && strings.EqualFold(text[:len(s)], s) {
			return len(s)
		}
	}
	return 0
}

// bounded cuts a text down to maxText bytes, and not within a character.
func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}
