package session

import (
	"net/http"
	"slices"
	"sync"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/webseed"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// webClients are what the web seeds of one torrent are asked through: those that the torrent names, which may
// not reach into the local machine, and those that the user typed.
type webClients struct {
	mu  sync.Mutex
	all []*http.Client
}

func (c *webClients) open(n *network.Network, trusted bool) *http.Client {
	h := n.HTTPClient(network.WebSeedPolicy(trusted))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, h)
	return h
}

// close ends the connections that are kept.
func (c *webClients) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.all {
		h.CloseIdleConnections()
	}
}

// webSeeds are the HTTP servers that have the torrent's content, the user's own first.
func (t *Torrent) webSeeds(info *metainfo.Info) (all []swarm.WebSeed) {
	var own []string
	if t.opts.Metainfo != nil {
		own = t.opts.Metainfo.WebSeeds
	} else if t.opts.Magnet != nil {
		own = t.opts.Magnet.WebSeeds
	}
	own = slices.DeleteFunc(slices.Clone(own), func(u string) bool { return slices.Contains(t.opts.WebSeeds, u) })
	for _, from := range []struct {
		urls    []string
		trusted bool
	}{{t.opts.WebSeeds, true}, {own, false}} {
		if len(from.urls) == 0 {
			continue
		}
		client := t.web.open(t.s.net, from.trusted)
		for _, u := range from.urls {
			s, err := webseed.New(webseed.Config{URL: u, Info: info, HTTP: client, Agent: "shoal/" + t.s.cfg.ClientVersion})
			if err != nil {
				t.events.put(Event{Kind: Warning, Err: err})
				continue
			}
			all = append(all, s)
		}
	}
	return all
}
