package dht

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// The table file: a magic line; for IPv4, then for IPv6, our node id, our address as others saw it (4 or 16
// bytes, zeros if unknown), the number of nodes (2 bytes, big endian) and as many compact node infos (BEP 5,
// BEP 32); and the CRC-32 (IEEE) of all that, 4 bytes.
const (
	tableMagic    = "shoal dht table 2\n"
	maxSavedNodes = 300 // of a family
	maxTableFile  = 64 << 10
	saveInterval  = 5 * time.Minute
)

// savedTable is the content of a table file.
type savedTable struct{ ipv4, ipv6 savedFamily }

type savedFamily struct {
	id       nodeID
	external netip.Addr
	nodes    []contact
}

var errTableCorrupt = errors.New("the file is corrupt")

func (t savedTable) encode() []byte {
	b := []byte(tableMagic)
	b = t.ipv4.append(b, false)
	b = t.ipv6.append(b, true)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func (t savedFamily) append(b []byte, six bool) []byte {
	ip := make([]byte, addrSize(six)-2)
	if t.external.IsValid() && t.external.Is6() == six {
		ip = t.external.AsSlice()
	}
	b = append(append(b, t.id[:]...), ip...)
	nodes := t.nodes[:min(len(t.nodes), maxSavedNodes)]
	b = binary.BigEndian.AppendUint16(b, uint16(len(nodes)))
	return appendContacts(b, nodes)
}

func decodeTable(b []byte) (t savedTable, err error) {
	if len(b) < len(tableMagic)+4 || !bytes.HasPrefix(b, []byte(tableMagic)) {
		return t, errTableCorrupt
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(sum) {
		return t, errTableCorrupt
	}
	rest := body[len(tableMagic):]
	if t.ipv4, rest, err = decodeFamily(rest, false); err != nil {
		return savedTable{}, err
	}
	if t.ipv6, rest, err = decodeFamily(rest, true); err != nil || len(rest) > 0 {
		return savedTable{}, errTableCorrupt
	}
	return t, nil
}

func decodeFamily(b []byte, six bool) (t savedFamily, rest []byte, err error) {
	size := addrSize(six) - 2
	if len(b) < len(t.id)+size+2 {
		return t, nil, errTableCorrupt
	}
	t.id, b = nodeID(b[:len(t.id)]), b[len(t.id):]
	if ip, _ := netip.AddrFromSlice(b[:size]); !ip.IsUnspecified() {
		t.external = ip
	}
	n := int(binary.BigEndian.Uint16(b[size:]))
	length := n * (20 + addrSize(six))
	if b = b[size+2:]; n > maxSavedNodes || len(b) < length {
		return t, nil, errTableCorrupt
	}
	t.nodes = parseContacts(b[:length], six, maxSavedNodes)
	return t, b[length:], nil
}

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
