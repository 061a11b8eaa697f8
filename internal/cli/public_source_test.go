package cli

import (
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestPublicSource(t *testing.T) {
	const hash = "5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b"
	for source, want := range map[string]string{
		"a.torrent": "a.torrent",
		"-":         "-",
		hash:        hash,
		"magnet:?xt=urn:btih:" + hash + "&dn=a+b&so=1":                                    "magnet:?xt=urn:btih:" + hash + "&dn=a+b&so=1",
		"magnet:?tr=http://t/a?key&xt.1=urn:btih:" + hash + "&tr.2=http://t/key/announce": "magnet:?xt.1=urn:btih:" + hash,
		"MAGNET:?XT=urn:btih:" + hash + "&x.pe=1.2.3.4:5&as=u":                            "magnet:?XT=urn:btih:" + hash,
		"magnet:?xt=urn:btih:" + hash + "&tr=udp%3A%2F%2Ft%3A1%2Fannounce":                "magnet:?xt=urn:btih:" + hash + "&tr=udp%3A%2F%2Ft%3A1%2Fannounce",
		"magnet:xt=1?tr=key":                       "magnet:***",
		"https://a.example/b/c.torrent":            "https://a.example/b/c.torrent",
		"https://u:p@a.example/c.torrent?k=1#f":    "https://a.example/c.torrent",
		"https://a.example/" + hash + ".torrent":   "https://a.example/***",
		"https://a.example:81/dl/0123456789/d.iso": "https://a.example:81/dl/0123456789/d.iso",
		"http://%zz/key":                           "http://***",
		"ftp://u:p@a.example/x":                    "ftp://a.example/x",
	} {
		if got := publicSource(source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestPublicLink(t *testing.T) {
	m, err := metainfo.ParseMagnet("magnet:?xt=urn:btih:5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b&tr=http://a/announce&tr=http://b/announce?key=1&ws=http://c/d")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := publicLink(m), "magnet:?xt=urn:btih:5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b5f0c8e0b&tr=http%3A%2F%2Fa%2Fannounce&ws=http%3A%2F%2Fc%2Fd"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWayToResume(t *testing.T) {
	const hidden = "resume with the same command, or with: shoal resume --all"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"get", "-o", "a b", "c.torrent"}, "resume with: shoal get -o 'a b' c.torrent"},
		{[]string{"get", "--proxy", "socks5://u:p@h:1", "c.torrent"}, hidden},
		{[]string{"get", "--tracker=http://t/announce?key=1", "c.torrent"}, hidden},
		{[]string{"get", "magnet:?xt=urn:btih:00&tr=http://t/announce"}, "resume with: shoal get 'magnet:?xt=urn:btih:00&tr=http://t/announce'"},
		{[]string{"get", "magnet:?xt=urn:btih:00&tr=http://t/announce?key"}, hidden},
	} {
		if got := wayToResume(c.args); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
