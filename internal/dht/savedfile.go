package dht

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

const saveInterval = 5 * time.Minute

// loadTable reads the table file. A file that is missing or unreadable is as good as an empty one.
func (n *Node) loadTable() savedTable {
	if n.tablePath == "" {
		return savedTable{}
	}
	t, err := readTable(n.tablePath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		n.log.Warn("dht: routing table not read, starting without", "path", n.tablePath, "error", err)
	}
	return t
}

func readTable(path string) (savedTable, error) {
	f, err := os.Open(path)
	if err != nil {
		return savedTable{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTableFile+1))
	if err != nil {
		return savedTable{}, err
	}
	if len(b) > maxTableFile {
		return savedTable{}, errTableCorrupt
	}
	return decodeTable(b)
}

// keepTable saves the tables now and again.
func (n *Node) keepTable() {
	tick := time.NewTicker(saveInterval)
	defer tick.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-tick.C:
		}
		if err := n.saveTable(); err != nil {
			n.log.Warn("dht: routing table not saved", "error", err)
		}
	}
}

// saveTable writes the tables to the file. What was saved before stays behind the nodes that are known now, as
// far as there is room: those nodes may be back another day. With nothing to say the file is left alone.
func (n *Node) saveTable() error {
	if n.tablePath == "" {
		return nil
	}
	n.saving.Lock()
	defer n.saving.Unlock()
	t, err := readTable(n.tablePath)
	if err != nil {
		t = savedTable{}
	}
	fresh := false
	for _, f := range n.families {
		if good, _ := f.table.count(); good == 0 {
			continue
		}
		fresh = true
		into := &t.ipv4
		if f.six {
			into = &t.ipv6
		}
		into.id = f.table.self()
		into.nodes = merge(f.table.latest(), into.nodes)
		if ip := f.external.address(); ip.IsValid() {
			into.external = ip
		}
	}
	if !fresh {
		return nil
	}
	if err := writeFile(n.tablePath, t.encode()); err != nil {
		return fmt.Errorf("save routing table: %w", err)
	}
	return nil
}

// merge appends the nodes of old to those that are known now, without repeating any.
func merge(now, old []contact) []contact {
	have := map[netip.AddrPort]bool{}
	for _, c := range now {
		have[c.addr] = true
	}
	for _, c := range old {
		if !have[c.addr] && len(now) < maxSavedNodes {
			now = append(now, c)
		}
	}
	return now
}

// writeFile replaces a file as a whole: after a crash it is the old one or the new one.
func writeFile(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(b); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
