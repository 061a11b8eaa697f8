package lab

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Transmission drives transmission-daemon through its RPC. It refuses peers on the loopback and takes
// no peer's address: give it a namespace and a tracker. Extra arguments of its jobs are settings, as encryption=2;
// all that finds peers is off without them, and so is uTP.
type Transmission struct{}

const transmissionRPC = 9091

// Name of the client.
func (Transmission) Name() string { return "transmission" }

// Need skips the test where the daemon is missing.
func (Transmission) Need(t testing.TB) {
	t.Helper()
	need(t, "transmission-daemon", "transmission-daemon")
}

// Seed adds the torrent over what lies there and waits until the daemon is satisfied with it.
func (c Transmission) Seed(h *Host, job Job) *Peer { return c.run(h, job) }

// Get fetches, and seeds afterwards.
func (c Transmission) Get(h *Host, job Job) *Peer { return c.run(h, job) }

func (c Transmission) run(h *Host, job Job) *Peer {
	h.t.Helper()
	conf := mkdir(h.t, filepath.Join(h.Dir, "transmission"))
	settings := map[string]any{
		"dht-enabled": false, "lpd-enabled": false, "utp-enabled": false, "pex-enabled": false, "port-forwarding-enabled": false,
		"peer-port": Port, "rpc-port": transmissionRPC, "rpc-whitelist-enabled": false, "rpc-host-whitelist-enabled": false,
		"download-dir": mkdir(h.t, job.Dir), "preallocation": 0, "ratio-limit-enabled": false, "start-added-torrents": true,
	}
	for _, setting := range job.Extra {
		name, value, _ := strings.Cut(setting, "=")
		settings[name] = json.RawMessage(value)
	}
	if err := writeJSON(filepath.Join(conf, "settings.json"), settings); err != nil {
		h.t.Fatal(err)
	}
	p := &Peer{Process: h.Start("transmission-daemon", "-f", "-g", conf)}
	p.Complete = func(ctx context.Context) error { return c.complete(ctx, h) }
	add := map[string]any{"download-dir": job.Dir}
	if strings.HasPrefix(job.Source, "magnet:") {
		add["filename"] = job.Source
	} else {
		data, err := os.ReadFile(job.Source)
		if err != nil {
			h.t.Fatal(err)
		}
		add["metainfo"] = base64.StdEncoding.EncodeToString(data)
	}
	rpc := &transmissionSession{host: h}
	err := Poll(h.t.Context(), "transmission-daemon", func() (bool, error) {
		if !p.Running() {
			h.t.Fatalf("transmission-daemon ended\n%s", p.Tail(15))
		}
		err := rpc.call(h.t.Context(), "torrent-add", add, nil)
		return err == nil, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}

// complete waits until the one torrent is whole and being seeded.
func (Transmission) complete(ctx context.Context, h *Host) error {
	const seeding = 6
	rpc := &transmissionSession{host: h}
	return Poll(ctx, "transmission to complete", func() (bool, error) {
		var answer struct {
			Torrents []struct {
				PercentDone float64
				Status      int
				ErrorString string
				Metadata    float64 `json:"metadataPercentComplete"`
				Peers       int     `json:"peersConnected"`
			}
		}
		fields := map[string]any{"fields": []string{"percentDone", "status", "errorString", "metadataPercentComplete", "peersConnected"}}
		if err := rpc.call(ctx, "torrent-get", fields, &answer); err != nil {
			return false, err
		}
		if len(answer.Torrents) != 1 {
			return false, fmt.Errorf("%d torrents", len(answer.Torrents))
		}
		t := answer.Torrents[0]
		return t.Metadata == 1 && t.PercentDone == 1 && t.Status == seeding, fmt.Errorf("state %+v", t)
	})
}

// transmissionSession speaks the RPC of the daemon on a host.
type transmissionSession struct {
	host *Host
	id   string // against cross-site requests; the daemon tells it with its first refusal
}

func (s *transmissionSession) call(ctx context.Context, method string, arguments, answer any) error {
	body, err := json.Marshal(map[string]any{"method": method, "arguments": arguments})
	if err != nil {
		return err
	}
	for range 2 {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/transmission/rpc", transmissionRPC), bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("X-Transmission-Session-Id", s.id)
		resp, err := s.host.http().Do(req)
		if err != nil {
			return err
		}
		if resp.StatusCode == http.StatusConflict {
			resp.Body.Close()
			s.id = resp.Header.Get("X-Transmission-Session-Id")
			continue
		}
		reply := struct {
			Result    string
			Arguments any
		}{Arguments: answer}
		err = json.NewDecoder(resp.Body).Decode(&reply)
		resp.Body.Close()
		if err == nil && reply.Result != "success" {
			err = fmt.Errorf("transmission %s: %s", method, reply.Result)
		}
		return err
	}
	return errors.New("transmission: refused the session id that it gave")
}
