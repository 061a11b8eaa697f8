//go:build interop

package interop

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is a torrent that somebody made up. All of its data is zeros.
type hostile struct {
	name string
	info string // the info dictionary; "" where what is wrong is not in there
	file string // the whole .torrent
}

// ofInfo wraps an info dictionary.
func ofInfo(name, info string) hostile { return hostile{name, info, "d4:info" + info + "e"} }

// bs is a string in bencode, bl a list of strings.
func bs(s string) string { return fmt.Sprintf("%d:%s", len(s), s) }

func bl(all ...string) string {
	var b strings.Builder
	b.WriteByte('l')
	for _, s := range all {
		b.WriteString(bs(s))
	}
	return b.String() + "e"
}

const (
	hostilePiece = 16 << 10
	hostileSize  = 100 // bytes of a file
)

// zeroPieces are the hashes of so many bytes of zeros.
func zeroPieces(n int) string {
	var b []byte
	for ; n > 0; n -= hostilePiece {
		sum := sha1.Sum(make([]byte, min(n, hostilePiece)))
		b = append(b, sum[:]...)
	}
	return string(b)
}

// oneFileInfo is an info dictionary of a single file, manyFilesInfo one of files that are given as bencoded entries and have so many bytes
// together, treeInfo one of version 2 with a file at a path.
func oneFileInfo(name string) string {
	return fmt.Sprintf("d6:lengthi%de4:name%s12:piece lengthi%de6:pieces%se", hostileSize, bs(name), hostilePiece, bs(zeroPieces(hostileSize)))
}

func manyFilesInfo(name string, size int, entries ...string) string {
	return fmt.Sprintf("d5:filesl%se4:name%s12:piece lengthi%de6:pieces%se", strings.Join(entries, ""), bs(name), hostilePiece, bs(zeroPieces(size)))
}

func fileEntry(size int, path ...string) string {
	return fmt.Sprintf("d6:lengthi%de4:path%se", size, bl(path...))
}

func linkEntry(target []string, path ...string) string {
	return "d4:attr1:l6:lengthi0e4:path" + bl(path...) + "12:symlink path" + bl(target...) + "e"
}

func treeInfo(name string, path ...string) string {
	root := sha256.Sum256(make([]byte, hostileSize))
	tree := fmt.Sprintf("d0:d6:lengthi%de11:pieces root32:%see", hostileSize, root)
	for i := len(path) - 1; i >= 0; i-- {
		tree = "d" + bs(path[i]) + tree + "e"
	}
	return fmt.Sprintf("d9:file tree%s12:meta versioni2e4:name%s12:piece lengthi%dee", tree, bs(name), hostilePiece)
}

// hostileNames are names that lead somewhere, or are none, or paint. %s is a folder outside the target, without its first slash.
func hostileNames(outside string) []string {
	return []string{
		"", ".", "..", "...", "/", "\\", "a/b", "../x", "../../x", "/" + outside + "/x", "a/../../x", "..\\..\\x", "C:\\x", "\\\\host\\share\\x", "//host/x",
		"a\x00b", "..\x00", "a\nb", "a\rb", "\x1b[2J", "\x1b]0;title\a", "\x1b]52;c;eA==\a", "a\u202egpj.exe", "a\u2066b\u2069", "\u009b31m", "a\x9b31m", "\x7f",
		"\xff\xfe", "\xc0\xaf..\xc0\xaf", "\xc0\xae\xc0\xae", "\xed\xa0\x80", "\u2024\u2024", "\uff0e\uff0e", "\uff0f" + outside, "%2e%2e%2f", "..%00", "..;",
		"-", "-rf", "--help", "~", "~root", "$HOME", "`id`", "$(id)", "x; id", "x|id", "*", "?", "x\"y", "x'y", "x<y>z", "con", "CON", "NUL.txt", "COM1", "a.", "a ", " ", " a",
		"desktop.ini", ".torrent.bolt.db", "x.part", ".part", "\ufeffx", "\u200b", "e\u0301", "\u00e9", "\u1160", strings.Repeat("\u0301", 100), "a" + strings.Repeat("\u0301", 100),
		strings.Repeat("x", 200), strings.Repeat("x", 240), strings.Repeat("x", 250), strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("ü", 127), strings.Repeat("日", 85),
		strings.Repeat("x", 5000), strings.Repeat("../", 50) + outside + "/x", "/proc/self/cwd/x", "/dev/null", "proc", "\U000e0041", "\ud7ff\uffff", "😀",
	}
}

// pathCases puts each name where a torrent may have one. All of these are small, and their data can be had.
func pathCases(outside string) (all []hostile) {
	add := func(place, name, info string) { all = append(all, ofInfo(fmt.Sprintf("%s %.40q", place, name), info)) }
	for _, name := range hostileNames(outside) {
		add("file", name, oneFileInfo(name))
		add("folder", name, manyFilesInfo(name, hostileSize, fileEntry(hostileSize, "x")))
		add("folder, nothing in it", name, manyFilesInfo(name, hostileSize, fileEntry(0, "empty"), fileEntry(hostileSize, "x")))
		add("in a folder", name, manyFilesInfo("in", hostileSize, fileEntry(hostileSize, name)))
		add("folder in a folder", name, manyFilesInfo("in", 2*hostileSize, fileEntry(hostileSize, "a", name, "b"), fileEntry(hostileSize, "c")))
		add("empty file", name, manyFilesInfo("in", hostileSize, fileEntry(hostileSize, "a"), fileEntry(0, "..", name), fileEntry(0, name)))
		add("v2", name, treeInfo(name, "x"))
		add("v2 tree", name, treeInfo("in", name))
		add("v2 tree, folder", name, treeInfo("in", "a", name, "b"))
		add("link", name, manyFilesInfo("in", hostileSize, fileEntry(hostileSize, "a"), linkEntry([]string{name}, "to")))
		add("link up", name, manyFilesInfo("in", hostileSize, linkEntry([]string{"..", "..", name}, "to"), fileEntry(hostileSize, "a")))
	}
	clash := func(size int, entries ...string) {
		add("clash", fmt.Sprint(len(all)), manyFilesInfo("in", size, entries...))
	}
	f := func(path ...string) string { return fileEntry(hostileSize, path...) }
	clash(2*hostileSize, f("a"), f("a"))
	clash(2*hostileSize, f("a"), f("a", "b"))
	clash(2*hostileSize, f("a", "b"), f("a"))
	clash(2*hostileSize, f("a"), f("A"))
	clash(2*hostileSize, f("f"), f("f.part"))
	clash(2*hostileSize, f("f.part"), f("f"))
	clash(2*hostileSize, f("\u00e9"), f("e\u0301"))
	clash(2*hostileSize, f("a\xff"), f("a\xfe"))
	clash(hostileSize, linkEntry([]string{".."}, "a"), f("a", "x"))
	clash(hostileSize, linkEntry([]string{"..", ".."}, "a"), f("b"), fileEntry(0, "a", "x"))
	clash(hostileSize, linkEntry([]string{"b"}, "a"), linkEntry([]string{"a"}, "b"), f("c"))
	clash(hostileSize, linkEntry([]string{"a"}, "a"), f("c"))
	clash(hostileSize, f(), f("c"))
	for _, depth := range []int{50, 99, 100, 101, 1000} {
		path := make([]string, depth)
		for i := range path {
			path[i] = "d"
		}
		add("deep path", fmt.Sprint(depth), manyFilesInfo("in", hostileSize, f(path...)))
		add("deep tree", fmt.Sprint(depth), treeInfo("in", path...))
	}
	return all
}

// numberCases have numbers that cannot be meant.
func numberCases() (all []hostile) {
	one := func(length, pieceLength, pieces string) string {
		return "d6:length" + length + "4:name1:x12:piece length" + pieceLength + "6:pieces" + pieces + "e"
	}
	good := bs(zeroPieces(hostileSize))
	numbers := []string{"i0e", "i-1e", "i1e", "i-0e", "i007e", "ie", "i-e", "i1.5e", "i1e3e", "i 1e", "i9223372036854775807e", "i9223372036854775808e",
		"i-9223372036854775808e", "i18446744073709551616e", "i4294967296e", "i16383e", "i1073741824e", "i" + strings.Repeat("9", 1000) + "e", "2:16", "le", "de"}
	for _, n := range numbers {
		all = append(all, ofInfo("length "+n[:min(len(n), 30)], one(n, "i16384e", good)),
			ofInfo("piece length "+n[:min(len(n), 30)], one("i100e", n, good)),
			ofInfo("length of a file "+n[:min(len(n), 30)], "d5:filesld6:length"+n+"4:pathl1:aeed6:lengthi100e4:pathl1:beee4:name1:x12:piece lengthi16384e6:pieces"+good+"e"),
			ofInfo("v2 length "+n[:min(len(n), 30)], "d9:file treed1:xd0:d6:length"+n+"11:pieces root32:"+strings.Repeat("r", 32)+"eee12:meta versioni2e4:name1:x12:piece lengthi16384ee"))
	}
	for _, p := range []string{"", zeroPieces(hostileSize)[:19], strings.Repeat("x", 21), strings.Repeat("x", 40), "i5e"} {
		text := bs(p)
		if p == "i5e" {
			text = p
		}
		all = append(all, ofInfo(fmt.Sprintf("pieces of %d bytes", len(p)), one("i100e", "i16384e", text)))
	}
	return all
}

// syntaxCases are no bencode, or barely.
func syntaxCases() (all []hostile) {
	long := strings.Repeat
	for name, file := range map[string]string{
		"nothing": "", "d": "d", "de": "de", "le": "le", "a newline": "\n", "zeros": long("\x00", 1<<20), "text": long("not a torrent\n", 10_000),
		"string of 2^63-1": "d4:info9223372036854775807:x", "string of 2^64": "d4:info18446744073709551616:x", "string of 128 MiB": "134217728:", "string of -1": "d-1:x4:infodee",
		"length with zeros": "d004:infodee", "length of 1 MB": long("9", 1<<20) + ":", "number of 1 MB": "d4:infoi" + long("9", 1<<20) + "ee", "info is a list": "d4:infolee",
		"info is a number": "d4:infoi1ee", "info twice": "d4:info" + oneFileInfo("a") + "4:info" + oneFileInfo("b") + "e", "keys in disorder": "d4:zzzz0:4:info" + oneFileInfo("a") + "e",
		"key twice": "d7:comment1:a7:comment1:b4:info" + oneFileInfo("a") + "e", "more behind": "d4:info" + oneFileInfo("a") + "e" + long("x", 1000), "newline behind": "d4:info" + oneFileInfo("a") + "e\n",
		"key is a number": "di1e0:4:info" + oneFileInfo("a") + "e", "depth 99": "d1:a" + long("l", 97) + long("e", 97) + "4:info" + oneFileInfo("a") + "e",
		"depth 1000": "d1:a" + long("l", 1000) + long("e", 1000) + "4:info" + oneFileInfo("a") + "e", "bad utf-8 key": "d2:\xff\xfe0:4:info" + oneFileInfo("a") + "e",
		"trackers of all kinds":  "d8:announce" + bs("file:///etc/passwd") + "13:announce-list" + "ll" + bs("gopher://127.0.0.1/x") + bs("http://169.254.169.254/latest") + bs("\x1b[2Jhttp://x") + bs("") + "eli1eee" + "4:info" + oneFileInfo("a") + "e",
		"web seeds of all kinds": "d4:info" + oneFileInfo("a") + "8:url-list" + bl("file:///etc/passwd", "http://[::1]:1/", "ftp://x/", "http://\x00/", "") + "e", "nodes": "d4:info" + oneFileInfo("a") + "5:nodesl" + long("l0:i1ee", 1000) + "ee",
		"comment that paints": "d7:comment" + bs("\x1b[31m\u202e\x9b") + "10:created by" + bs("\x1b]0;x\a") + "4:info" + oneFileInfo("a") + "e", "dates": "d13:creation datei9223372036854775807e4:info" + oneFileInfo("a") + "e",
		"pieces layers of nobody": "d4:info" + treeInfo("a", "x") + "12:piece layersd32:" + long("x", 32) + "32:" + long("y", 32) + "ee",
	} {
		all = append(all, hostile{name: name, file: file})
	}
	return all
}

// largeCases are those that cost something. The first are within the limits, the others beyond, and become real with --max-torrent.
func largeCases(t *testing.T) (all []hostile) {
	t.Helper()
	long := strings.Repeat
	var zeroFiles, oneByte, tree, clash strings.Builder
	for i := range 100_000 {
		zeroFiles.WriteString(fileEntry(0, fmt.Sprint("d", i/1000), fmt.Sprint(i)))
		oneByte.WriteString(fileEntry(1, fmt.Sprint("d", i%1000), fmt.Sprint(i)))
		fmt.Fprintf(&tree, "%sd0:d6:lengthi0eee", bs(fmt.Sprintf("%06d", i)))
		clash.WriteString(fileEntry(0, string(binary.BigEndian.AppendUint32([]byte{0xff}, uint32(i)|0x80808080))))
	}
	pieces := func(n int) string {
		return fmt.Sprintf("d6:lengthi%de4:name1:x12:piece lengthi%de6:pieces%se", n*hostilePiece, hostilePiece, bs(long("p", 20*n)))
	}
	flat := func(n int) string { return "d1:al" + long("i1e", n) + "e4:info" + oneFileInfo("a") + "e" }
	all = []hostile{
		ofInfo("100,000 empty files", manyFilesInfo("x", hostileSize, zeroFiles.String(), fileEntry(hostileSize, "x"))),
		ofInfo("100,000 files of a byte", manyFilesInfo("x", 100_000, oneByte.String())),
		ofInfo("100,000 files, v2", "d9:file treed"+tree.String()+"e12:meta versioni2e4:name1:x12:piece lengthi16384ee"),
		ofInfo("100,000 files of one name", manyFilesInfo("x", hostileSize, clash.String(), fileEntry(hostileSize, "x"))),
		ofInfo("400,000 pieces", pieces(400_000)),
		{name: "1,000,000 pieces", info: pieces(1_000_000)},
		{name: "2,097,153 pieces", info: pieces(2_097_153)},
		{name: "2,000,000 values", file: flat(2_000_000)},
		{name: "20,000,000 values", file: flat(20_000_000)},
		{name: "depth 10,000,000", file: long("l", 10_000_000) + long("e", 10_000_000)},
		{name: "depth 10,000,000 without an end", file: long("l", 10_000_000)},
		{name: "depth 5,000,000 in dictionaries", file: long("d1:a", 5_000_000)},
		ofInfo("depth 4,000,000 in info", "d1:a"+long("l", 4_000_000)+long("e", 4_000_000)+oneFileInfo("a")[1:]),
		ofInfo("name of 64 MiB", oneFileInfo(long("x", 64<<20))),
		ofInfo("path element of 64 MiB", manyFilesInfo("x", hostileSize, fileEntry(hostileSize, long("x", 64<<20)))),
		ofInfo("pieces of 64 MiB", fmt.Sprintf("d6:lengthi100e4:name1:x12:piece lengthi16384e6:pieces%se", bs(long("p", 64<<20)))),
		{name: "comment of 64 MiB", file: "d7:comment" + bs(long("\x1b[31m", 64<<20/5)) + "4:info" + oneFileInfo("a") + "e"},
		{name: "key of 64 MiB", file: "d" + bs(long("k", 64<<20)) + "0:4:info" + oneFileInfo("a") + "e"},
		{name: "announce of 64 MiB", file: "d8:announce" + bs("http://x/"+long("a", 64<<20)) + "4:info" + oneFileInfo("a") + "e"},
		{name: "announce-list of 300,000", file: "d13:announce-listl" + long("l22:http://x.example/a?a=1e", 300_000) + "e4:info" + oneFileInfo("a") + "e"},
		{name: "url-list of 300,000", file: "d4:info" + oneFileInfo("a") + "8:url-listl" + long("22:http://x.example/a?a=1", 300_000) + "ee"},
		{name: "number of 64 MiB", file: "d4:infoi" + long("9", 64<<20) + "ee"},
		{name: "length of 64 MiB", file: long("9", 64<<20) + ":x"},
		{name: "empty keys without end", file: "d4:info" + oneFileInfo("a") + long("0:0:", 5_000_000)},
		{name: "64 MiB of zeros", file: long("\x00", 64<<20)},
	}
	for i := range all {
		if all[i].file == "" {
			all[i].file = "d4:info" + all[i].info + "e"
		}
	}
	return all
}

// corpusCases are the torrents of other projects, where they are beside the module, or in $SHOAL_CORPORA.
func corpusCases(t *testing.T) (all []hostile) {
	t.Helper()
	dir := os.Getenv("SHOAL_CORPORA")
	if dir == "" {
		dir = "../../../../shared/corpora"
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".torrent" {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all = append(all, hostile{name: rel, info: infoOf(string(b)), file: string(b)})
		return err
	})
	if err != nil {
		t.Logf("no corpora: %v", err)
	}
	return all
}

// infoOf finds the info dictionary of a torrent that may be wrong in any way; "" where there is none.
func infoOf(file string) string {
	_, rest, ok := strings.Cut(file, "4:infod")
	if !ok {
		return ""
	}
	rest = "d" + rest
	if n := bencodedLength(rest); n > 0 {
		return rest[:n]
	}
	return ""
}

// bencodedLength is how long the value is that a text begins with, 0 where it has none, without recursion.
func bencodedLength(s string) int {
	depth, at := 0, 0
	for at < len(s) {
		switch c := s[at]; {
		case c == 'd', c == 'l':
			depth++
			at++
		case c == 'e':
			depth--
			at++
		case c == 'i':
			n := strings.IndexByte(s[at:], 'e')
			if n < 0 {
				return 0
			}
			at += n + 1
		case c >= '0' && c <= '9':
			n := 0
			if _, err := fmt.Sscanf(s[at:min(len(s), at+12)], "%d:", &n); err != nil || n < 0 {
				return 0
			}
			digits := strings.IndexByte(s[at:], ':')
			at += digits + 1 + n
		default:
			return 0
		}
		if depth <= 0 {
			break
		}
	}
	if at > len(s) || depth != 0 {
		return 0
	}
	return at
}
