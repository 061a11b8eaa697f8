package view

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// fake is a source with transfers in all states. The first one is on its way, at 10 MiB/s.
type fake struct {
	mu    sync.Mutex
	began time.Time
	rows  []ui.Row
}

func newFake() *fake {
	const gib = 1 << 30
	return &fake{began: time.Now(), rows: []ui.Row{
		{Name: "debian-13.1.0-amd64-netinst.iso", Phase: ui.Downloading, Total: 783 << 20, RateDown: 10 << 20, RateUp: 654_321, Peers: 14, Seeds: 5},
		{Name: "日本語のとても長いフォルダー名.tar.zst", Phase: ui.Seeding, Done: 5 * gib, Total: 5 * gib, RateUp: 5 << 20, Uploaded: 6 * gib, Ratio: 1.2, Peers: 9},
		{Name: "stuck.bin", Phase: ui.Downloading, Done: 10 << 20, Total: 20 << 20, Note: "no peer has the missing 3 pieces"},
		{Name: "evil \x1b[2J\u202ename", Phase: ui.Metadata, Peers: 3},
		{Name: "broken", Phase: ui.Failed, Done: 1, Total: 2, Note: "write /data/broken: no space left on device"},
		{Name: "later", Phase: ui.Waiting},
		{Name: "done.iso", Phase: ui.Done, Done: gib, Total: gib},
	}}
}

func (f *fake) Transfers() []Transfer {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Transfer, len(f.rows))
	for i, r := range f.rows {
		if i == 0 {
			r.Done = min(int64(time.Since(f.began).Seconds()*float64(r.RateDown)), r.Total)
			r.RateDown += int64(time.Since(f.began).Seconds()*1_000_000) % 7_000_000
		}
		list[i] = Transfer{ID: fmt.Sprint("id", i), Row: r}
	}
	return list
}

func (f *fake) Detail(id string) Detail {
	if id != "id0" {
		return Detail{Facts: []Fact{{"id", id}, {"empty", ""}}}
	}
	d := Detail{
		Facts: []Fact{
			{"infohash", "aaf2c71b0e0a8e3a4e0f3b2d3a4b5c6d7e8f9a0b"}, {"size", "783.0 MiB in 1 file"}, {"pieces", "783 of 1.0 MiB"},
			{"path", "/data/debian-13.1.0-amd64-netinst.iso"}, {"wasted", "16.0 KiB"},
		},
		Finders: []Finder{
			{"http://tracker.example/announce", "12 peers, 5 seeds, again in 25m", false},
			{"udp://dead.example:6969", "no answer: i/o timeout", true},
			{"DHT", "231 nodes, 9 peers found", false}, {"local network", "nobody", false},
		},
		Flags: []string{"D we get data  d we want to", "U it gets data  u it wants to", "S it has everything  I it came to us  E encrypted"},
	}
	for i := range 14 {
		d.Peers = append(d.Peers, Peer{
			Address: fmt.Sprintf("192.0.2.%d:%d", i+1, 50000+i), Client: fmt.Sprintf("qBittorrent/4.6.%d", i), Flags: "DuE",
			Have: float64(i) / 13, Down: int64(14-i) << 19, Up: int64(i%3) << 14, Received: int64(i) << 24, Sent: int64(i) << 18,
		})
	}
	d.Peers[2].Client = "evil\x1b]0;x\x07\u202eclient"
	d.Peers[3].Address = "[2001:db8:1234:5678:9abc:def0:1234:5678]:51413"
	d.Peers[4].Have = -1
	for i := range 783 {
		c := Cell{Pieces: 1, Wanted: 1, Fewest: 1 + i%9}
		switch {
		case i < 300 || i%11 == 0:
			c.Have, c.Fewest = 1, -1
		case i >= 700 && i < 740:
			c.Wanted, c.Fewest = 0, -1
		case i == 501 || i == 502:
			c.Fewest = 0
		case i < 330 && i%2 == 0:
			c.Coming = 1
		}
		d.Pieces = append(d.Pieces, c)
	}
	return d
}

// many is a source of so many transfers that all do the same.
type many int

func (m many) Transfers() []Transfer {
	list := make([]Transfer, m)
	for i := range list {
		list[i] = Transfer{ID: fmt.Sprint(i), Row: ui.Row{Name: fmt.Sprintf("file-%04d", i), Phase: ui.Downloading, Done: int64(i), Total: int64(m)}}
	}
	return list
}

func (m many) Detail(id string) Detail {
	return Detail{Facts: []Fact{{"id", strings.Repeat(id, 3)}}}
}
