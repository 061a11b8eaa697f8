package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/shoal-project/shoal/internal/sourcelist"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// source is one thing to download, as the user named it.
type source struct {
	text    string   // as typed, for messages
	mirrors []string // other addresses of the same thing, for where the first is of no use
	content []byte   // the torrent itself: one that came on stdin, or that was kept; nil otherwise
}

// label is what messages call the source: without what may be secret, and a long one cut.
func (s source) label() string {
	if s.text == "-" {
		return "stdin"
	}
	return ui.FitEnd(ui.Escape(s.public()), 80)
}

// public is the source as it was given, but without what may be secret.
func (s source) public() string { return publicSource(s.text) }

// loaded is what a source turned out to be: exactly one of the two is set.
type loaded struct {
	meta   *metainfo.Metainfo
	magnet *metainfo.Magnet
}

// hashes are the infohashes that a torrent may be known by.
func (in loaded) hashes() (all []metainfo.Hash) {
	var v2 metainfo.Hash256
	switch {
	case in.meta != nil:
		all = append(all, in.meta.Info.InfoHash())
		v2, _ = in.meta.Info.InfoHashV2()
	case in.magnet.HasHash:
		all, v2 = append(all, in.magnet.Hash), in.magnet.HashV2
	default:
		v2 = in.magnet.HashV2
	}
	if !v2.IsZero() {
		all = append(all, v2.Short())
	}
	return all
}

var (
	hexHash    = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	hexHashV2  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	base32Hash = regexp.MustCompile(`^[a-zA-Z2-7]{32}$`)
	urlScheme  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)
)

// expandSources replaces "-" among the arguments by what stdin holds: one torrent, or a list of
// sources.
func expandSources(env Env, args []string, limit torrentLimit) ([]source, error) {
	var sources []source
	for _, arg := range args {
		if arg != "-" {
			sources = append(sources, source{text: arg})
			continue
		}
		torrent, list, err := readStdin(env, limit)
		if err != nil {
			return nil, err
		}
		if torrent != nil {
			sources = append(sources, source{text: "-", content: torrent})
		}
		for _, e := range list {
			sources = append(sources, listedSource(e))
		}
	}
	return sources, nil
}

// listedSource is an entry of a list as a source.
func listedSource(e sourcelist.Entry) source { return source{text: e.URIs[0], mirrors: e.URIs[1:]} }

// readStdin reads a torrent, or else a list of sources that is not empty.
func readStdin(env Env, limit torrentLimit) (torrent []byte, list []sourcelist.Entry, err error) {
	in := bufio.NewReaderSize(env.In, 64)
	if head, _ := in.Peek(16); !looksBencoded(head) {
		list, err := sourcelist.Parse(in)
		switch {
		case err != nil:
			return nil, nil, about("stdin", listError(err))
		case len(list) == 0:
			return nil, nil, usagef("read stdin: no source in it")
		}
		return nil, list, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, limit.bytes()+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read stdin: %w", err)
	}
	if int64(len(b)) > limit.bytes() {
		return nil, nil, about("stdin", limit.tooLarge())
	}
	return b, nil, nil
}

// listError makes a mistake in a list one of usage; faults of reading remain what they are.
func listError(err error) error {
	var mistake *sourcelist.Error
	if errors.As(err, &mistake) {
		return &usageError{err}
	}
	return err
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
// an infohash says. Of several addresses the first that is of use counts; where none is, the error is
// that of the first.
func (s source) load(ctx context.Context, env Env, web fetcher) (loaded, error) {
	in, err := s.loadFirst(ctx, env, web)
	for _, mirror := range s.mirrors {
		if err == nil || ctx.Err() != nil {
			break
		}
		if other, otherErr := (source{text: mirror}).loadFirst(ctx, env, web); otherErr == nil {
			in, err = other, nil
		}
	}
	return in, err
}

// loadFirst reads what text names.
func (s source) loadFirst(ctx context.Context, env Env, web fetcher) (loaded, error) {
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
	err = underName(err, s.label())
	if err != nil && isFolder(env, s.text) {
		pattern := quoteArgs([]string{strings.TrimSuffix(s.text, "/") + "/*.torrent"})
		err = hinted(usagef("this is a folder, not a torrent"), "'"+strings.Trim(pattern, "'")+"' takes the torrents in it; shoal seed shares a folder")
	}
	return loaded{meta: m}, err
}

// underName gives a fault of a file the name that the user knows it by.
func underName(err error, name string) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return &fs.PathError{Op: p.Op, Path: name, Err: p.Err}
	}
	return err
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
