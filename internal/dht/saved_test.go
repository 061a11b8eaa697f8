package dht

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func someTable() savedTable {
	var t savedTable
	t.ipv4.id = nodeID(randomHash())
	t.ipv4.external = netip.MustParseAddr("11.0.0.1")
	for i := range 20 {
		t.ipv4.nodes = append(t.ipv4.nodes, contact{nodeID(randomHash()), testAddr(i+1, 6881)})
	}
	t.ipv6.nodes = []contact{{nodeID(randomHash()), netip.MustParseAddrPort("[2001:db8::1]:6881")}}
	return t
}

func TestTableRoundTrip(t *testing.T) {
	for name, want := range map[string]savedTable{
		"both families": someTable(),
		"empty":         {},
		"only IPv6": {ipv6: savedFamily{external: netip.MustParseAddr("2001:db8::2"),
			nodes: []contact{{nodeID([]byte(id1)), netip.MustParseAddrPort("[2001:db8::1]:1")}}}},
	} {
		got, err := decodeTable(want.encode())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestTableIsBounded(t *testing.T) {
	var big savedTable
	for i := range 5000 {
		big.ipv4.nodes = append(big.ipv4.nodes, contact{nodeID(randomHash()), testAddr(i+1, 6881)})
	}
	b := big.encode()
	got, err := decodeTable(b)
	if err != nil || len(got.ipv4.nodes) != maxSavedNodes || len(b) > maxTableFile {
		t.Errorf("%d nodes in %d bytes, %v", len(got.ipv4.nodes), len(b), err)
	}
}

func TestCorruptTableIsRefused(t *testing.T) {
	good := someTable().encode()
	cases := map[string][]byte{
		"empty":      {},
		"text":       []byte("hello"),
		"cut":        good[:len(good)-1],
		"longer":     append(bytes.Clone(good), 0),
		"magic only": []byte(tableMagic),
		"other":      append([]byte("X"), good[1:]...),
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	cases["bit flipped"] = flipped
	for name, b := range cases {
		if got, err := decodeTable(b); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
		path := filepath.Join(t.TempDir(), "table")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			f := newFabric()
			boot, addr := f.node(t, 1, Config{})
			n, _ := f.node(t, 2, Config{TablePath: path, Bootstrap: []string{addr.String()}})
			time.Sleep(time.Minute)
			closeAll(t, []*Node{n, boot})
		})
		if got, err := readTable(path); err != nil || len(got.ipv4.nodes) != 1 {
			t.Errorf("%s: afterwards the file holds %+v, %v", name, got, err)
		}
	}
}

func TestHugeTableFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table")
	if err := os.WriteFile(path, append([]byte(tableMagic), make([]byte, 1<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readTable(path); err == nil {
		t.Error("a file of a megabyte is read")
	}
}

func TestSavedTableReplacesTheBootstrapNode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache", "table")
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 10)
		n, _ := f.node(t, 100, Config{TablePath: path, Bootstrap: []string{testAddr(1, 6881).String()}})
		time.Sleep(saveInterval + time.Second)
		saved, err := readTable(path)
		if err != nil || len(saved.ipv4.nodes) < 8 || saved.ipv4.external != testAddr(100, 0).Addr() {
			t.Errorf("after %v the file holds %+v, %v", saveInterval, saved, err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(path)
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v", info, err)
		}
		left, _ := os.ReadDir(filepath.Dir(path))
		if len(left) != 1 {
			t.Errorf("beside the file lie %v", left)
		}

		// The bootstrap node is gone, and none is named.
		nodes[0].Close()
		hash := randomHash()
		announceOnce(t, nodes[3], hash, 7000)
		n, _ = f.node(t, 100, Config{TablePath: path})
		if took, ok := find(t, n, hash, testAddr(4, 7000)); !ok || took > 2*time.Second {
			t.Errorf("found %v after %v", ok, took)
		}
		if id := n.families[0].table.self(); id != saved.ipv4.id || !secure(id, saved.ipv4.external) {
			t.Error("the id is not the one that was saved, made from the address that was learned (BEP 42)")
		}
		closeAll(t, append(nodes[1:], n))
	})
}

func TestSavingKeepsTheFamilyThatKnowsNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table")
	old := someTable()
	if err := os.WriteFile(path, old.encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		alone, _ := f.node(t, 50, Config{TablePath: path})
		time.Sleep(time.Minute)
		alone.Close()
		if got, err := readTable(path); err != nil || !reflect.DeepEqual(got, old) {
			t.Errorf("a node that met nobody changed the file: %+v, %v", got, err)
		}
		boot, addr := f.node(t, 60, Config{})
		n, _ := f.node(t, 61, Config{TablePath: path, Bootstrap: []string{addr.String()}})
		time.Sleep(time.Minute)
		closeAll(t, []*Node{n, boot})
	})
	got, err := readTable(path)
	if err != nil || len(got.ipv4.nodes) != 1+len(old.ipv4.nodes) || got.ipv4.nodes[0].addr != testAddr(60, 6881) || !reflect.DeepEqual(got.ipv6, old.ipv6) {
		t.Errorf("the file holds %+v, %v", got, err)
	}
}

func TestTableThatCannotBeWrittenIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		boot, addr := f.node(t, 1, Config{})
		n, _ := f.node(t, 2, Config{TablePath: filepath.Join(dir, "file", "table"), Bootstrap: []string{addr.String()}})
		time.Sleep(time.Minute)
		if err := n.Close(); err == nil {
			t.Error("Close says nothing")
		}
		boot.Close()
	})
}

func FuzzTable(f *testing.F) {
	f.Add(someTable().encode()[len(tableMagic):])
	f.Add([]byte{0, 0, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		decodeTable(b)
		b = withChecksum(b)
		got, err := decodeTable(b)
		if err != nil {
			return
		}
		for _, c := range got.ipv4.nodes {
			if !dialable(c.addr, false) {
				t.Errorf("node at %v", c.addr)
			}
		}
		for _, c := range got.ipv6.nodes {
			if !dialable(c.addr, true) {
				t.Errorf("node at %v", c.addr)
			}
		}
		again, err := decodeTable(got.encode())
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%+v is read again as %+v, %v", got, again, err)
		}
	})
}

// withChecksum makes a table file of its middle part.
func withChecksum(b []byte) []byte {
	b = append([]byte(tableMagic), b...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}
