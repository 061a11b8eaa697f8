package cli

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// createFlags say what torrent is made of a path: the flags of create that seed has too.
type createFlags struct {
	format      formatFlag
	pieceLength config.Size
	trackers    []string
	webSeeds    []string
	private     bool
	source      string
	comment     string
	name        string
	noDate      bool
	include     []string
	exclude     []string
	keepJunk    bool
	symlinks    linksFlag
	allow       []string
	preset      string
}

func (o *createFlags) addFlags(fs *pflag.FlagSet) {
	fs.Var(&o.format, "format", "make a v1, v2 or hybrid torrent")
	fs.Var(&o.pieceLength, "piece-length", "cut into pieces of this `SIZE` (chosen by the amount of data)")
	fs.StringArrayVarP(&o.trackers, "tracker", "t", nil, "announce to the tracker at `URL`; repeat for tiers, commas within one")
	fs.StringArrayVarP(&o.webSeeds, "web-seed", "w", nil, "name a server that has the content at `URL`; repeatable")
	fs.BoolVar(&o.private, "private", false, "let clients find peers through the trackers only")
	fs.StringVar(&o.source, "source", "", "put in a source `TAG`, which makes the infohash differ")
	fs.StringVar(&o.comment, "comment", "", "put in a comment of this `TEXT`")
	fs.StringVar(&o.name, "name", "", "call the content `NAME` instead of by its last path element")
	fs.BoolVar(&o.noDate, "no-date", false, "leave the date out (SOURCE_DATE_EPOCH sets one)")
	fs.StringArrayVar(&o.include, "include", nil, "share only files that `GLOB` fits; repeatable")
	fs.StringArrayVar(&o.exclude, "exclude", nil, "leave out files that `GLOB` fits; repeatable")
	fs.BoolVar(&o.keepJunk, "keep-junk", false, "share .DS_Store, Thumbs.db and desktop.ini too")
	fs.Var(&o.symlinks, "symlinks", "follow symbolic links, or store those that stay in the folder as links")
	fs.StringArrayVar(&o.allow, "allow", nil, "make it in spite of the finding `NAME`; repeatable")
	fs.StringVar(&o.preset, "preset", "", "take flags from the table [preset.`NAME`] of config.toml")
}

// options are what the flags mean for a path. What is odd about the torrent, though not grave, is
// handed to tell.
func (o *createFlags) options(env Env, path string, tell func(metainfo.Lint)) (metainfo.Options, error) {
	if err := checkAllow(o.allow); err != nil {
		return metainfo.Options{}, err
	}
	date, err := o.date(env)
	if err != nil {
		return metainfo.Options{}, err
	}
	return metainfo.Options{
		Path: env.path(path), Name: o.name, Format: metainfo.Format(o.format), PieceLength: int64(o.pieceLength),
		Trackers: trackerTiers(o.trackers), WebSeeds: o.webSeeds, Private: o.private, Source: o.source,
		Comment: o.comment, CreatedBy: "shoal/" + Version, Date: date, Include: o.include, Exclude: o.exclude,
		KeepJunk: o.keepJunk, StoreLinks: o.symlinks.store,
		Inspect: func(m *metainfo.Metainfo) error {
			mild, err := findings(m, o.allow)
			for _, l := range mild {
				tell(l)
			}
			return err
		},
	}, nil
}

// date is now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org), or none.
func (o *createFlags) date(env Env) (time.Time, error) {
	epoch := env.getenv("SOURCE_DATE_EPOCH")
	switch {
	case o.noDate:
		return time.Time{}, nil
	case epoch == "":
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, usagef("SOURCE_DATE_EPOCH=%s: want a number of seconds", epoch)
	}
	return time.Unix(seconds, 0), nil
}

// createFailure says in the words of the flags why no torrent was made.
func createFailure(ctx context.Context, err error) error {
	var option *metainfo.OptionError
	switch {
	case errors.As(err, &option):
		flag := map[string]string{
			"Name": "name", "Format": "format", "PieceLength": "piece-length", "Trackers": "tracker", "WebSeeds": "web-seed",
			"Source": "source", "Comment": "comment", "Include": "include", "Exclude": "exclude",
		}[option.Option]
		if flag != "" {
			return usagef("--%s: %s", flag, option.Reason)
		}
	case errors.Is(err, metainfo.ErrNoFiles):
		return &usageError{metainfo.ErrNoFiles}
	case errors.Is(err, metainfo.ErrChanged):
		return hinted(err, "try again when nothing writes to it")
	}
	return causeOf(ctx, err)
}

// trackerTiers makes a tier of each value of --tracker, split at commas.
func trackerTiers(values []string) [][]string {
	var tiers [][]string
	for _, v := range values {
		var tier []string
		for u := range strings.SplitSeq(v, ",") {
			if u = strings.TrimSpace(u); u != "" {
				tier = append(tier, u)
			}
		}
		if len(tier) > 0 {
			tiers = append(tiers, tier)
		}
	}
	return tiers
}

// checkTrackers refuses values of a flag that no tracker can have.
func checkTrackers(flag string, values []string) error {
	for _, tier := range trackerTiers(values) {
		for _, v := range tier {
			u, err := url.Parse(v)
			if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "udp"}, u.Scheme) {
				return usagef("--%s %s: want an http, https or udp URL", flag, publicURL(v))
			}
		}
	}
	return nil
}

// checkWebSeeds refuses values of a flag that no web seed can have. They are not repeated: they may hold a
// password.
func checkWebSeeds(flag string, values []string) error {
	for _, v := range values {
		u, err := url.Parse(v)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return usagef("--%s: want an http or https URL", flag)
		}
	}
	return nil
}

// formatFlag is --format.
type formatFlag metainfo.Format

func (f *formatFlag) Set(s string) error {
	for _, known := range []metainfo.Format{metainfo.V1, metainfo.V2, metainfo.Hybrid} {
		if strings.EqualFold(s, known.String()) {
			*f = formatFlag(known)
			return nil
		}
	}
	return usagef("%q is none of v1, v2, hybrid", s)
}

func (f *formatFlag) String() string { return metainfo.Format(*f).String() }
func (f *formatFlag) Type() string   { return "v1|v2|hybrid" }
