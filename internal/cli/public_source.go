package cli

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// hiddenPart stands where a secret was.
const hiddenPart = "***"

// publicSource is a source as logs, events and errors show it: an address without user, query and the parts
// of its path that read like keys, a link without the trackers and web seeds that have such things. Private trackers put passkeys into
// all of these.
func publicSource(source string) string {
	switch {
	case isMagnet(source):
		return publicMagnet(source)
	case urlScheme.MatchString(source):
		return publicURL(source)
	}
	return source
}

// publicMagnet keeps what says what it is, and where it is had in the open.
func publicMagnet(link string) string {
	const scheme = "magnet:?"
	if len(link) < len(scheme) || !strings.EqualFold(link[:len(scheme)], scheme) {
		return "magnet:" + hiddenPart
	}
	rest := link[len(scheme):]
	var kept []string
	for pair := range strings.SplitSeq(rest, "&") {
		key, value, _ := strings.Cut(pair, "=")
		name, number, _ := strings.Cut(strings.ToLower(key), ".")
		if _, err := strconv.ParseUint(number, 10, 16); number != "" && err != nil {
			continue
		}
		switch name {
		case "xt", "dn", "so", "xl":
		case "tr":
			if address, err := url.PathUnescape(value); err != nil || !openTracker(address) {
				continue
			}
		case "ws":
			if address, err := url.PathUnescape(value); err != nil || publicURL(address) != address {
				continue
			}
		default:
			continue
		}
		kept = append(kept, pair)
	}
	return scheme + strings.Join(kept, "&")
}

// openTracker reports whether nothing in a tracker's address can be a passkey. They are of any form, so the whole path
// has to be a usual one.
func openTracker(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == "" && slices.Contains([]string{"", "/", "/announce", "/announce.php"}, u.Path)
}

func publicURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		if scheme := urlScheme.FindString(address); scheme != "" {
			return scheme + hiddenPart
		}
		return hiddenPart
	}
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if word, _, _ := strings.Cut(segment, "."); readsLikeKey(word) {
			segments[i] = hiddenPart
		}
	}
	return u.Scheme + "://" + u.Host + strings.Join(segments, "/")
}

// wayToResume says which command goes on with an interrupted one: itself, which is not repeated where it has something to hide.
func wayToResume(args []string) string {
	for _, arg := range args {
		if strings.HasPrefix(arg, "--") {
			_, arg, _ = strings.Cut(arg, "=")
		}
		if publicSource(arg) != arg {
			return "resume with the same command, or with: shoal resume --all"
		}
	}
	return "resume with: shoal " + quoteArgs(args)
}

// publicLink is a magnet link to show to others without being asked: it leaves out the trackers and web seeds that have
// something to hide.
func publicLink(m *metainfo.Magnet) string {
	m.Trackers = slices.DeleteFunc(slices.Clone(m.Trackers), func(address string) bool { return !openTracker(address) })
	m.WebSeeds = slices.DeleteFunc(slices.Clone(m.WebSeeds), func(address string) bool { return publicURL(address) != address })
	return m.String()
}

// readsLikeKey reports whether a word is long and of letters and digits alone, both of them, as a passkey is.
func readsLikeKey(word string) bool {
	const shortest = 20
	digits := 0
	for _, c := range []byte(word) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			return false
		}
	}
	return len(word) >= shortest && digits >= 2 && digits < len(word)
}
