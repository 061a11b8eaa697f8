package lab

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// WebPort is where the web server listens.
const WebPort = 8080

// NeedNginx skips the test where nginx is missing.
func NeedNginx(t testing.TB) { t.Helper(); need(t, "nginx", "nginx-light") }

// WebURL is the address of the web server on the host.
func (h *Host) WebURL() string { return fmt.Sprintf("http://%s:%d/", h.Addr, WebPort) }

// nginx serves /: a folder; /moved/: redirects to it; /whole/: the folder without ranges, compressed where that may be; each
// line of the access log has the status and the bytes of content sent.
const nginxConfig = `
daemon off; master_process off; pid %[1]s/nginx.pid; error_log stderr;
events {}
http {
	log_format short '$status $body_bytes_sent $request_uri';
	access_log %[1]s/access.log short;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	default_type application/octet-stream;
	gzip on; gzip_types *; gzip_min_length 0;
	server {
		listen %[2]s:%[3]d;
		root %[4]s;
		location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }
		location /whole/ { alias %[4]s/; max_ranges 0; }
	}
}
`

// Nginx serves a folder from the host and waits until it answers. It returns the path of its access log.
func (h *Host) Nginx(ctx context.Context, folder string) (accessLog string) {
	h.t.Helper()
	dir := mkdir(h.t, filepath.Join(h.Dir, "nginx"))
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConfig, dir, h.Addr, WebPort, folder), 0o644); err != nil {
		h.t.Fatal(err)
	}
	p := h.Start("nginx", "-p", dir, "-c", conf)
	err := Poll(ctx, "nginx", func() (bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, h.WebURL(), nil)
		if err != nil {
			return false, err
		}
		resp, err := h.http().Do(req)
		if err != nil {
			return false, err
		}
		return true, resp.Body.Close()
	})
	if err != nil {
		h.t.Fatalf("%v\n%s", err, p.Tail(10))
	}
	return filepath.Join(dir, "access.log")
}
