package metainfo

// SetTrackers replaces the trackers by tiers of http, https and udp URLs
// (BEP 12). A URL that is none is refused with an *OptionError, and nothing
// changes then.
func (m *Metainfo) SetTrackers(tiers [][]string) error {
	for _, tier := range tiers {
		if err := checkURLs("Trackers", tier, checkTracker); err != nil {
			return err
		}
	}
	m.Trackers = tiers
	return nil
}

// SetWebSeeds replaces the web seeds by http and https URLs (BEP 19). A URL
// that is none is refused with an *OptionError, and nothing changes then.
func (m *Metainfo) SetWebSeeds(urls []string) error {
	if err := checkURLs("WebSeeds", urls, checkWebSeed); err != nil {
		return err
	}
	m.WebSeeds = urls
	return nil
}

func checkURLs(option string, urls []string, check func(string) string) error {
	for _, url := range urls {
		if wrong := check(url); wrong != "" {
			return &OptionError{option, quote(url) + " " + wrong}
		}
	}
	return nil
}
