package cli

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// editChanges are the flags of edit that change something. They are never taken from the environment
// or the configuration file: what was set there for create is not meant for every edit.
type editChanges struct {
	typed func(flag string) bool // was it given

	trackers, addTrackers, removeTrackers, replaceTrackers []string
	webSeeds, addWebSeeds, removeWebSeeds                  []string
	addNodes, removeNodes                                  []string
	comment, createdBy, date                               string
	noDate                                                 bool
}

func (o *editChanges) addFlags(fs *pflag.FlagSet) {
	changes := pflag.NewFlagSet("", pflag.ContinueOnError)
	changes.SortFlags = false
	changes.StringArrayVarP(&o.trackers, "tracker", "t", nil, "have only the tracker at `URL`; repeat for tiers, commas within one")
	changes.StringArrayVar(&o.addTrackers, "add-tracker", nil, "add a tier with the tracker at `URL`; repeatable")
	changes.StringArrayVar(&o.removeTrackers, "remove-tracker", nil, "remove the tracker at `URL`, where * fits anything; repeatable")
	changes.StringArrayVar(&o.replaceTrackers, "replace-tracker", nil, "put a tracker in the place of another: `OLD=NEW`; repeatable")
	changes.StringArrayVarP(&o.webSeeds, "web-seed", "w", nil, "have only the web seed at `URL`; repeatable")
	changes.StringArrayVar(&o.addWebSeeds, "add-web-seed", nil, "add the web seed at `URL`; repeatable")
	changes.StringArrayVar(&o.removeWebSeeds, "remove-web-seed", nil, "remove the web seed at `URL`, where * fits anything; repeatable")
	changes.StringArrayVar(&o.addNodes, "add-node", nil, "add the DHT node at `HOST:PORT`; repeatable")
	changes.StringArrayVar(&o.removeNodes, "remove-node", nil, "remove the DHT node at `HOST:PORT`, where * fits anything; repeatable")
	changes.StringVar(&o.comment, "comment", "", "have the comment `TEXT`; an empty one removes it")
	changes.StringVar(&o.createdBy, "created-by", "", "name `TEXT` as the program that made it; an empty one removes it")
	changes.StringVar(&o.date, "date", "", "have the creation date `TIME`, as in 2006-01-02T15:04:05Z")
	changes.BoolVar(&o.noDate, "no-date", false, "remove the creation date")
	changes.VisitAll(func(f *pflag.Flag) {
		config.TypeOnly(f)
		fs.AddFlag(f)
	})
}

// apply makes the changes, first those that replace everything of a kind.
func (o *editChanges) apply(m *metainfo.Metainfo) error {
	trackers, err := o.newTrackers(m.Trackers)
	if err != nil {
		return err
	}
	if err := m.SetTrackers(trackers); err != nil {
		return flagOf(err, "tracker")
	}
	if err := m.SetWebSeeds(o.newWebSeeds(m.WebSeeds)); err != nil {
		return flagOf(err, "web-seed")
	}
	if err := checkHostPorts("add-node", o.addNodes); err != nil {
		return err
	}
	m.Nodes = addNew(without(m.Nodes, o.removeNodes), o.addNodes)
	if o.typed("comment") {
		m.Comment = o.comment
	}
	if o.typed("created-by") {
		m.CreatedBy = o.createdBy
	}
	switch {
	case o.noDate && o.date != "":
		return usagef("--date and --no-date exclude each other")
	case o.noDate:
		m.CreationDate = time.Time{}
	case o.typed("date"):
		if m.CreationDate, err = time.Parse(time.RFC3339, o.date); err != nil || m.CreationDate.Unix() <= 0 {
			return usagef("--date %s: want a time like 2006-01-02T15:04:05Z", o.date)
		}
	}
	return nil
}

// newTrackers are the tiers after all changes. Tiers that become empty are dropped.
func (o *editChanges) newTrackers(tiers [][]string) ([][]string, error) {
	if o.typed("tracker") {
		tiers = trackerTiers(o.trackers)
	}
	var result [][]string
	for _, tier := range tiers {
		result = append(result, slices.Clone(tier))
	}
	for _, pair := range o.replaceTrackers {
		old, fresh, err := splitReplacement(pair)
		if err != nil {
			return nil, err
		}
		fits, found := wildcard(old), false
		for _, tier := range result {
			for n, url := range tier {
				if fits.MatchString(url) {
					tier[n], found = fresh, true
				}
			}
		}
		if !found {
			return nil, usagef("--replace-tracker %s: the torrent has no such tracker", publicURL(old))
		}
	}
	for n := range result {
		result[n] = without(result[n], o.removeTrackers)
	}
	have := slices.Concat(result...)
	for _, tier := range trackerTiers(o.addTrackers) {
		tier = slices.DeleteFunc(tier, func(url string) bool { return slices.Contains(have, url) })
		result = append(result, tier)
		have = append(have, tier...)
	}
	return slices.DeleteFunc(result, func(tier []string) bool { return len(tier) == 0 }), nil
}

func (o *editChanges) newWebSeeds(urls []string) []string {
	if o.typed("web-seed") {
		urls = slices.DeleteFunc(slices.Clone(o.webSeeds), func(url string) bool { return url == "" })
	}
	return addNew(without(urls, o.removeWebSeeds), o.addWebSeeds)
}

// replacement is where a new tracker begins in OLD=NEW: URLs may have equals signs of their own.
var replacement = regexp.MustCompile(`^(.+)=((?:https?|udp)://.*)$`)

func splitReplacement(pair string) (old, fresh string, err error) {
	m := replacement.FindStringSubmatch(pair)
	if m == nil {
		return "", "", usagef("--replace-tracker: want OLD=NEW, with an http, https or udp URL for NEW")
	}
	return m[1], m[2], nil
}

// wildcard fits a text in which * stands for anything.
func wildcard(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// without is a list without what the patterns fit.
func without(list, patterns []string) []string {
	var kept []string
	for _, s := range list {
		if !slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p).MatchString(s) }) {
			kept = append(kept, s)
		}
	}
	return kept
}

// addNew appends what is not there yet.
func addNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
