package metainfo

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// libtorrentScript creates a torrent of a folder or file with libtorrent.
const libtorrentScript = `
import libtorrent as lt, sys, os
root, fmt, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = os.path.dirname(root)
paths = [os.path.join(d, f) for d, dirs, files in os.walk(root) for f in files + [s for s in dirs if os.path.islink(os.path.join(d, s))]] or [root]
paths = [os.path.relpath(p, base) for p in paths]
paths.sort(key=lambda p: p.encode().split(b'/'))
fs = lt.file_storage()
for p in paths:
    full = os.path.join(base, p)
    if os.path.islink(full):
        to = os.path.relpath(os.path.join(os.path.dirname(full), os.readlink(full)), root)
        fs.add_file(p, 0, flags=lt.file_storage.flag_symlink, linkpath=to)
    else:
        fs.add_file(p, os.path.getsize(full))
flags = lt.create_torrent.symlinks | {'v1': lt.create_torrent.v1_only, 'v2': lt.create_torrent.v2_only, 'hybrid': 0}[fmt]
ct = lt.create_torrent(fs, piece_size=length, flags=flags)
lt.set_piece_hashes(ct, base)
e = ct.generate()
sys.stdout.buffer.write(lt.bencode({k: e[k] for k in e if k in (b'info', b'piece layers')}))
`

const python = "/usr/bin/python3"

// libtorrent runs the script.
func libtorrent(t *testing.T, root, format string, length int) []byte {
	t.Helper()
	cmd := exec.Command(python, "-c", libtorrentScript, root, format, strconv.Itoa(length))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("libtorrent: %v\n%s", err, stderr.String())
	}
	return out
}

// TestSameAsLibtorrent creates torrents of the same files with both, and wants
// the same bytes.
func TestSameAsLibtorrent(t *testing.T) {
	if exec.Command(python, "-c", "import libtorrent; libtorrent.create_torrent.v2_only").Run() != nil {
		t.Skip("no libtorrent 2 for " + python)
	}
	folders := map[string]map[string]string{
		"mixed": {
			"a/z": noise(1, 70_000), "a.b/c": "small", "a-b": noise(2, 16_384), "B": "",
			"sub/deep/x": noise(3, 200_000), "sub/e": "", "zz": "1",
		},
		"order":          {"a/x": "1", "a-b/x": "2", "A/x": "3", "a.txt": "4", "b": "5", "Z": "6", "a b": "7", "ü/é": "8"},
		"empty at end":   {"e1": "", "f": "x", "g": "", "h": ""},
		"one in folder":  {"only": noise(4, 70_000)},
		"whole pieces":   {"a": noise(5, 32_768), "b": noise(6, 16_384), "c": noise(7, 65_536)},
		"same content":   {"a": noise(8, 50_000), "b": noise(8, 50_000), "c": noise(8, 16_384)},
		"pieces plus 1":  {"a": noise(9, 32_769), "b": noise(9, 65_537)},
		"pieces minus 1": {"a": noise(9, 32_767), "b": noise(9, 65_535)},
	}
	for name, files := range folders {
		for _, format := range []Format{V1, V2, Hybrid} {
			t.Run(name+" "+format.String(), func(t *testing.T) {
				t.Parallel()
				sameAsLibtorrent(t, writeTree(t, files), format, 16<<10)
			})
		}
	}
	t.Run("long pieces", func(t *testing.T) {
		for _, format := range []Format{V1, V2, Hybrid} {
			sameAsLibtorrent(t, writeTree(t, folders["mixed"]), format, 64<<10)
		}
	})
	t.Run("links", func(t *testing.T) {
		root := writeTree(t, folders["mixed"])
		link(t, "zz", filepath.Join(root, "link"))
		link(t, "../../a/z", filepath.Join(root, "sub", "deep", "up"))
		link(t, "sub", filepath.Join(root, "to a folder"))
		for _, format := range []Format{V1, V2, Hybrid} {
			sameAsLibtorrent(t, root, format, 16<<10)
		}
	})
	t.Run("random", func(t *testing.T) {
		for seed := range uint64(4) {
			root := writeTree(t, randomFolder(rand.New(rand.NewPCG(seed, 2))))
			for _, format := range []Format{V1, V2, Hybrid} {
				sameAsLibtorrent(t, root, format, 16<<10<<seed)
			}
		}
	})
	t.Run("single", func(t *testing.T) {
		root := filepath.Join(writeTree(t, map[string]string{"f": noise(1, 150_000)}), "f")
		for _, format := range []Format{V1, V2, Hybrid} {
			sameAsLibtorrent(t, root, format, 16<<10)
		}
	})
}

func sameAsLibtorrent(t *testing.T, root string, format Format, length int) {
	t.Helper()
	want := libtorrent(t, root, format.String(), length)
	got := create(t, Options{Path: root, Format: format, PieceLength: int64(length), StoreLinks: true}).Bytes()
	if !bytes.Equal(got, want) {
		t.Errorf("%v: ours and libtorrent's differ:\n%q\n%q", format, got, want)
	}
	if _, err := Parse(want); err != nil {
		t.Errorf("%v: %v", format, err)
	}
}
