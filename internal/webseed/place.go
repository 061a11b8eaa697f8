package webseed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// parse reads the URL of a web seed. Errors do not repeat it: it may hold a password.
func parse(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("read web seed: not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("read web seed: only http and https are spoken")
	case u.Hostname() == "":
		return nil, errors.New("read web seed: the URL has no host")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// place is the URL of file i (BEP 19): for a single file the URL itself, or in the folder that the URL
// is; for several below the folder that has the torrent's name. A query stays where it is.
func place(base *url.URL, info *metainfo.Info, i int) *url.URL {
	u := *base
	at := u.EscapedPath()
	if at == "" {
		at = "/"
	}
	if info.SingleFile() {
		if !strings.HasSuffix(at, "/") {
			return &u
		}
		at += escape(info.Name)
	} else {
		at = strings.TrimSuffix(at, "/") + "/" + escape(info.Name)
		for _, element := range info.Files[i].Path {
			at += "/" + escape(element)
		}
	}
	if plain, err := url.PathUnescape(at); err == nil {
		u.Path, u.RawPath = plain, at
	}
	return &u
}

// escape writes a path element as a URL holds it. All that is not plain everywhere is escaped, since some
// servers take a plus for a space, or a semicolon for a parameter.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
