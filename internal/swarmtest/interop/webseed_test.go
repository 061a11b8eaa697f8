//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A folder and a large file come from nginx alone, by ranges, through redirects, and without ranges.
func TestNginxAsWebSeed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		content maker
		under   string
	}{
		{"folder", folder, ""}, {"folder moved", folder, "moved/"}, {"folder without ranges", folder, "whole/"},
		{"big file", bigFile, ""}, {"big file moved", bigFile, "moved/"}, {"big file without ranges", bigFile, "whole/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fromNginx(t, c.content, c.under)
		})
	}
}

func fromNginx(t *testing.T, content maker, under string) {
	shoal := lab.Shoal{}
	shoal.Need(t)
	lab.NeedNginx(t)
	net := lab.NewNet(t, 2)
	web, get := net.Hosts[seedHost], net.Hosts[getHost]
	tor := shoal.Create(web, content(t, filepath.Join(web.Dir, "content")))
	log := web.Nginx(lab.Within(t, 10*time.Second), filepath.Dir(tor.Content))

	dir := filepath.Join(get.Dir, "got")
	began := time.Now()
	p := shoal.Get(get, lab.Job{Source: tor.File, Dir: dir, Extra: []string{"--web-seed", web.WebURL() + under}})
	if err := p.Complete(lab.Within(t, 60*time.Second)); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if err := lab.Same(filepath.Dir(tor.Content), dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
	requests, sent, wrong := readAccessLog(t, log)
	want := folderBytes(t, tor.Content)
	t.Logf("%v; %d requests, %.3f copies sent, %d refused", took.Round(time.Millisecond), requests, float64(sent)/float64(want), wrong)
	if wrong > 0 {
		t.Errorf("%d requests were refused", wrong)
	}
	if most := want * 11 / 10; under != "whole/" && sent > most {
		t.Errorf("%d bytes were sent of %d", sent, want)
	}
}

// readAccessLog counts requests, bytes of content and answers that were neither content nor a redirect.
func readAccessLog(t *testing.T, path string) (requests int, sent int64, wrong int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var status int
		var n int64
		var uri string
		if _, err := fmt.Sscan(string(line), &status, &n, &uri); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if uri == "/" {
			continue // the rig's own
		}
		requests++
		switch status {
		case 200, 206:
			sent += n
		case 302:
		default:
			wrong++
		}
	}
	return requests, sent, wrong
}

func folderBytes(t *testing.T, path string) (n int64) {
	t.Helper()
	err := filepath.Walk(path, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
