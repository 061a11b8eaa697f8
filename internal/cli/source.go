package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// source is one thing to download, as the user named it.
type source struct {
	text    string // as typed, for messages
	content []byte // a torrent that came on stdin; nil otherwise
}

// label is what messages call the source: a long link is cut.
func (s source) label() string {
	if s.content != nil {
		return "stdin"
	}
	return ui.FitEnd(ui.Escape(s.text), 80)
}

// loaded is what a source turned out to be: exactly one of the two is set.
type loaded struct {
	meta   *metainfo.Metainfo
	magnet *metainfo.Magnet
}

var (
	hexHash    = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	hexHashV2  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	base32Hash = regexp.MustCompile(`^[a-zA-Z2-7]{32}$`)
	urlScheme  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)
)

// expandSources replaces "-" among the arguments by what stdin holds: one torrent, or a list of
// sources, one a line, where empty lines and lines that start with # are passed over.
func expandSources(env Env, args []string, limit torrentLimit) ([]source, error) {
	var sources []source
	for _, arg := range args {
		if arg != "-" {
			sources = append(sources, source{text: arg})
			continue
		}
		b, err := io.ReadAll(io.LimitReader(env.In, limit.bytes()+1))
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		if int64(len(b)) > limit.bytes() {
			return nil, about("stdin", limit.tooLarge())
		}
		if looksBencoded(b) {
			sources = append(sources, source{text: "-", content: b})
			continue
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") {
				sources = append(sources, source{text: line})
			}
		}
	}
	if len(sources) == 0 {
		return nil, usagef("read stdin: no source in it")
	}
	return sources, nil
}

// looksBencoded says whether b starts like a dictionary: "d", then the length of its first key and a
// colon, or its end. No list of sources has a first line like that.
func looksBencoded(b []byte) bool {
	b, found := bytes.CutPrefix(b, []byte("d"))
	if !found {
		return false
	}
	digits := 0
	for digits < len(b) && b[digits] >= '0' && b[digits] <= '9' {
		digits++
	}
	return digits > 0 && digits < len(b) && b[digits] == ':' || bytes.HasPrefix(b, []byte("e"))
}

// load reads the source: a torrent from a file, from the web or from stdin, or what a magnet link or
// an infohash says.
func (s source) load(ctx context.Context, env Env, web fetcher) (loaded, error) {
	switch {
	case s.content != nil:
		m, err := web.limit.parse(s.content)
		return loaded{meta: m}, err
	case isMagnet(s.text):
		m, err := metainfo.ParseMagnet(s.text)
		return loaded{magnet: m}, err
	case isWeb(s.text):
		b, err := web.fetch(ctx, s.text)
		if err != nil {
			return loaded{}, err
		}
		m, err := web.limit.parse(b)
		return loaded{meta: m}, err
	case urlScheme.MatchString(s.text):
		return loaded{}, usagef("only http, https and magnet links can be opened")
	case hexHash.MatchString(s.text), base32Hash.MatchString(s.text):
		m, err := metainfo.ParseMagnet("magnet:?xt=urn:btih:" + s.text)
		return loaded{magnet: m}, err
	case hexHashV2.MatchString(s.text):
		m, err := metainfo.ParseMagnet("magnet:?xt=urn:btmh:1220" + s.text)
		return loaded{magnet: m}, err
	}
	m, err := web.limit.load(env.path(s.text))
	var p *fs.PathError
	if errors.As(err, &p) {
		err = &fs.PathError{Op: p.Op, Path: s.label(), Err: p.Err} // under the name that the user knows
	}
	return loaded{meta: m}, err
}

// isMagnet says whether the text is meant as a magnet link, however malformed.
func isMagnet(s string) bool {
	return len(s) >= 7 && strings.EqualFold(s[:7], "magnet:")
}

// isWeb says whether the text is an address on the web.
func isWeb(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
