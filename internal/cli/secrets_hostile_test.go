package cli

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret is a passkey, as private trackers have them in their addresses.
const secret = "5ec2e7f00dba11ad5ec2e7f00dba11ad"

// leakyServer answers to everything with its own address, and so the secret in it, wherever it can.
func leakyServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "redirect"):
			http.Redirect(w, r, "ftp://u:"+secret+"@192.0.2.1/"+secret, http.StatusFound)
		case strings.Contains(r.URL.Path, "loop"):
			http.Redirect(w, r, r.URL.String()+"x", http.StatusFound)
		case strings.Contains(r.URL.Path, "reason"):
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Write([]byte("HTTP/1.1 404 " + r.URL.String() + "\r\n\r\n"))
				conn.Close()
			}
		case strings.Contains(r.URL.Path, "announce"):
			w.Write([]byte("d14:failure reason" + "32:" + secret + "e"))
		default:
			w.Write([]byte(r.URL.String()))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// closedPort is an address of this machine where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Whatever goes wrong with an address that has a passkey in it, no event, error, hint or log shows it.
func TestSecretsAreNotTold(t *testing.T) {
	dir, web, closed := t.TempDir(), leakyServer(t), closedPort(t)
	if err := os.WriteFile(filepath.Join(dir, "file.bin"), []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	// Refused by the dial policy, closed, and answering.
	urls := []string{"http://10.255.255.1/" + secret + "/announce", "http://" + closed + "/" + secret + "/announce", web + "/" + secret + "/announce", "udp://" + closed + "/announce?k=" + secret}
	create := []string{"create", "file.bin", "--web-seed", web + "/" + secret + "/", "--web-seed", web + "/redirect/?" + secret, "--private"}
	for _, u := range urls {
		create = append(create, "--tracker", u)
	}
	if code, _, errs := run(t, dir, "", create...); code != 0 {
		t.Fatal(errs)
	}
	hash := strings.Repeat("a1", 20)
	magnet := "magnet:?xt=urn:btih:" + hash
	tr := "&tr=" + strings.Join(urls, "&tr=")
	get := []string{"get", "--timeout", "1s", "-p", "0", "--bind", "127.0.0.1", "--no-dht", "--no-lsd", "--no-port-map", "-o", "got/"}
	for name, args := range map[string][]string{
		"torrent":                    {"file.bin.torrent"},
		"torrent seeded":             {"--seed-time", "1s", "--overwrite", "-o", ".", "file.bin.torrent"},
		"magnet":                     {magnet + tr + "&ws=" + web + "/" + secret},
		"magnet, trackers first":     {"magnet:?" + tr[1:] + "&xt=urn:btih:" + hash},
		"magnet with numbers":        {magnet + strings.ReplaceAll(tr, "&tr=", "&tr.1=")},
		"bad magnet":                 {"magnet:?xt=urn:btih:nonsense" + tr},
		"magnet without hash":        {"magnet:?" + tr[1:]},
		"magnet that is none":        {"magnet:" + tr},
		"magnet with bad escape":     {magnet + "&xt=%zz&tr=" + secret},
		"flags":                      {"--tracker", urls[1], "--web-seed", web + "/" + secret, hash},
		"bad tracker":                {"--tracker", "ftp://x/" + secret, hash},
		"no web seed":                {"--web-seed", "ftp://x/" + secret, hash},
		"address":                    {web + "/" + secret},
		"address, key with suffix":   {web + "/" + secret + ".torrent"},
		"address, query":             {web + "/a.torrent?passkey=" + secret},
		"address, password":          {strings.Replace(web, "://", "://me:"+secret+"@", 1) + "/a.torrent"},
		"address, closed":            {"http://" + closed + "/" + secret},
		"address, echoed in reason":  {web + "/reason/" + secret},
		"address, redirected":        {web + "/redirect/" + secret},
		"address, redirected always": {web + "/loop/" + secret},
		"address, malformed":         {"http://%zz/" + secret},
		"address, other scheme":      {"ftp://me:" + secret + "@192.0.2.1/" + secret},
		"proxy":                      {"--proxy", "socks5://me:" + secret + "@" + closed, magnet + tr},
		"proxy for an address":       {"--proxy", "http://me:" + secret + "@" + closed, web + "/" + secret},
		"bad proxy":                  {"--proxy", "ftp://me:" + secret + "@" + closed, hash},
		"malformed proxy":            {"--proxy", "socks5://me:" + secret + "@a b/%zz", hash},
		"blocklist":                  {"--blocklist", web + "/reason/" + secret, hash},
		"blocklist, closed":          {"--blocklist", "http://me:" + secret + "@" + closed + "/?" + secret, hash},
		"list":                       {"-i", "list"},
	} {
		for _, form := range []string{"--json", "-v", "-q", "--summary-interval=1s"} {
			t.Run(name+" "+form, func(t *testing.T) {
				t.Parallel()
				at := t.TempDir()
				for _, file := range []string{"file.bin", "file.bin.torrent"} {
					if file == "file.bin" && !strings.Contains(name, "seeded") {
						continue
					}
					b, err := os.ReadFile(filepath.Join(dir, file))
					if err == nil {
						err = os.WriteFile(filepath.Join(at, file), b, 0o666)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				list := magnet + tr + "\n " + "out=a\n" + web + "/" + secret + "\n"
				if err := os.WriteFile(filepath.Join(at, "list"), []byte(list), 0o666); err != nil {
					t.Fatal(err)
				}
				code, out, errs := run(t, at, "", append(append(get[:len(get):len(get)], form), args...)...)
				for _, text := range []string{out, errs} {
					if strings.Contains(text, secret) {
						t.Errorf("code %d: %s", code, text)
					}
				}
			})
		}
	}
}
