package metainfo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// s is a string in bencode.
func s(text string) string { return string(appendString(nil, text)) }

// oneFile is an info dictionary of one file of 1000 bytes without the name,
// and with more keys after "length".
func oneFile(more string) string {
	return "d6:lengthi1000e" + more + "12:piece lengthi16384e6:pieces20:12345678901234567890e"
}

// fileList is an info dictionary with the given "files" and pieces.
func fileList(files string, pieces int) string {
	return "d5:filesl" + files + "e4:name1:n12:piece lengthi16384e6:pieces" + s(strings.Repeat("x", 20*pieces)) + "e"
}

// file is an entry of "files".
func file(length string, path ...string) string {
	return "d6:length" + length + "4:path" + string(appendStrings(nil, path)) + "e"
}

func TestParseRefuses(t *testing.T) {
	const ok = "4:name1:n"
	root := "11:pieces root32:" + strings.Repeat("r", 32)
	v2 := func(tree string) string {
		return "d9:file tree" + tree + "12:meta versioni2e4:name1:n12:piece lengthi16384ee"
	}
	tests := []struct{ name, info, reason string }{
		{"list", "le", "not a dictionary"},
		{"integer", "i5e", "not a dictionary"},
		{"empty", "de", "info.name: it is missing"},
		{"key without value", "d4:name", "a value is missing"},
		{"integer key", "di5ei5ee", "want a string"},
		{"unfinished", oneFile(ok)[:30], "longer than what follows"},
		{"name twice", oneFile(ok + ok), "comes twice"},
		{"name is a list", oneFile("4:namele"), "want a string, got a list"},
		{"empty name", oneFile("4:name0:"), "empty"},
		{"absolute name", oneFile("4:name2:/a"), "separator"},
		{"length is a string", "d6:length4:10004:name1:ne", "piece length: it is missing"},
		{"negative length", strings.Replace(oneFile(ok), "i1000e", "i-1e", 1), "negative"},
		{"huge length", strings.Replace(oneFile(ok), "i1000e", "i9223372036854775807e", 1), "pieces"},
		{"too many pieces", strings.Replace(oneFile(ok), "i1000e", "i34359738369e", 1), "2097152"},
		{"leading zero", strings.Replace(oneFile(ok), "i1000e", "i01000e", 1), "leading zero"},
		{"minus zero", strings.Replace(oneFile(ok), "i1000e", "i-0e", 1), "leading zero"},
		{"empty integer", strings.Replace(oneFile(ok), "i1000e", "ie", 1), "malformed"},
		{"float", strings.Replace(oneFile(ok), "i1000e", "i1.0e", 1), "malformed"},
		{"one byte more", strings.Replace(oneFile(ok), "i1000e", "i16385e", 1), "1 hashes, but the files make 2 pieces"},
		{"nothing", strings.Replace(oneFile(ok), "i1000e", "i0e", 1), "1 hashes, but the files make 0 pieces"},
		{"piece length 0", strings.Replace(oneFile(ok), "i16384e", "i0e", 1), "positive"},
		{"huge pieces", strings.Replace(oneFile(ok), "i16384e", "i536870913e", 1), "limit"},
		{"pieces is an integer", strings.Replace(oneFile(ok), "20:12345678901234567890", "i5e", 1), "want a string"},
		{"string length with a zero", strings.Replace(oneFile(ok), "1:n", "01:n", 1), "leading zero"},
		{"no files", fileList("", 0), "empty"},
		{"file is a string", fileList("1:x", 0), "files[0]: want a dictionary"},
		{"file without length", fileList("d4:pathl1:aee", 0), "files[0].length: want an integer"},
		{"file without path", fileList("d6:lengthi0ee", 0), "files[0].path: want a list"},
		{"path of integers", fileList("d6:lengthi0e4:pathli5eee", 0), "files[0].path: want a list"},
		{"path is a string", fileList("d6:lengthi0e4:path1:ae", 0), "files[0].path: want a list"},
		{"path twice", fileList("d6:lengthi0e4:pathl1:ae4:pathl1:bee", 0), "comes twice"},
		{"second path", fileList(file("i0e", "a")+file("i0e", "..", "a"), 0), `files[1].path: an element is ".."`},
		{"same path", fileList(file("i0e", "a", "b")+file("i0e", "a", "b"), 0), "two files"},
		{"file then folder", fileList(file("i0e", "a")+file("i0e", "a", "b"), 0), "both a file and a folder"},
		{"folder then file", fileList(file("i0e", "a", "b")+file("i0e", "a"), 0), "both a file and a folder"},
		{"part", fileList(file("i0e", "a", "b.part")+file("i0e", "a", "b"), 0), "unfinished"},
		{"part folder", fileList(file("i0e", "b.part", "c")+file("i0e", "b"), 0), "unfinished"},
		{"deep", fileList(file("i0e", strings.Split(strings.Repeat("a", 101), "")...), 0), "101 elements"},
		{"sum overflows", fileList(file("i9223372036854775807e", "a")+file("i9223372036854775807e", "b"), 0), "pieces"},
		{"version 3", strings.Replace(v2("d1:nd0:d6:lengthi0eeee"), "i2e", "i3e", 1), "version"},
		{"version is a string", strings.Replace(v2("d1:nd0:d6:lengthi0eeee"), "i2e", "1:2", 1), "version"},
		{"no tree", strings.Replace(v2("le"), "", "", 0), "file tree"},
		{"empty tree", v2("de"), "no files"},
		{"empty folders", v2("d1:adee"), "no files"},
		{"tree is a file", v2("d0:d6:lengthi0eee"), "out of order"},
		{"node is a string", v2("d1:a1:be"), "not a dictionary"},
		{"file is no dictionary", v2("d1:ad0:i5eee"), "not a dictionary"},
		{"file and folder", v2("d1:ad0:d6:lengthi0ee1:bd0:d6:lengthi0eeeee"), "both a file and a folder"},
		{"no length", v2("d1:ad0:d" + root + "eee"), "length"},
		{"no root", v2("d1:ad0:d6:lengthi5eeee"), "pieces root"},
		{"short root", v2("d1:ad0:d6:lengthi5e11:pieces root2:rreee"), "pieces root"},
		{"negative v2 length", v2("d1:ad0:d6:lengthi-5e" + root + "eee"), "out of range"},
		{"huge v2 length", v2("d1:ad0:d6:lengthi9223372036854775807e" + root + "eee"), "out of range"},
		{"too many v2 pieces", v2("d1:ad0:d6:lengthi34359738368e" + root + "ee1:bd0:d6:lengthi1e" + root + "eee"), "2097152"},
		{"unsorted tree", v2("d1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeee"), "out of order"},
		{"same name in tree", v2("d1:bd0:d6:lengthi0eee1:bd0:d6:lengthi0eeee"), "out of order"},
		{"v2 dots", v2("d2:..d0:d6:lengthi0eeee"), `".."`},
		{"v2 odd piece length", strings.Replace(v2("d1:ad0:d6:lengthi0eeee"), "i16384e", "i20000e", 1), "power of two"},
		{"v2 short piece length", strings.Replace(v2("d1:ad0:d6:lengthi0eeee"), "i16384e", "i8192e", 1), "power of two"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte("d4:info" + test.info + "e"))
			var refusal *Error
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want %q", err, test.reason)
			}
		})
	}
}

func TestParseRefusesFile(t *testing.T) {
	good := "d4:info" + oneFile("4:name1:n") + "e"
	for name, test := range map[string]struct{ file, reason string }{
		"nothing":        {"", "empty"},
		"text":           {"<html>", "not a torrent"},
		"no info":        {"d1:a1:be", "no info"},
		"two infos":      {"d4:info" + oneFile("4:name1:n") + "4:infodee", "comes twice"},
		"more behind":    {good + "x", "follow the end"},
		"deep":           {"d1:a" + strings.Repeat("l", 100) + strings.Repeat("e", 100) + good[1:], "nested deeper"},
		"deeper":         {"d1:a" + strings.Repeat("d1:a", 1e5), "nested deeper"},
		"long string":    {"d9999999999:a", "longer than"},
		"longest string": {"d99999999999999999999:a", "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(test.file)); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want %q", err, test.reason)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	big := []byte("d4:info" + fileList(file("i20000e", "a", "bbbb")+file("i30000e", "c"), 4) + "e")
	for name, test := range map[string]struct {
		limits Limits
		reason string
	}{
		"size":         {Limits{Size: int64(len(big)) - 1}, "larger than the limit"},
		"tokens":       {Limits{Tokens: 23}, "too many values"},
		"pieces":       {Limits{Pieces: 3}, "pieces"},
		"piece length": {Limits{PieceLength: 16383}, "limit of 16383"},
		"depth":        {Limits{PathDepth: 1}, "2 elements"},
		"name":         {Limits{NameBytes: 3}, "4 bytes"},
	} {
		if _, err := ParseWith(big, test.limits); err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: got %v, want %q", name, err, test.reason)
		}
	}
	exact := Limits{Size: int64(len(big)), Tokens: 24, Pieces: 4, PieceLength: 16384, PathDepth: 2, NameBytes: 4}
	if _, err := ParseWith(big, exact); err != nil {
		t.Errorf("exact limits: %v", err)
	}
	if _, err := Parse(make([]byte, DefaultSize+1)); err == nil {
		t.Error("a large file is accepted")
	}
	if _, err := ParseInfo(make([]byte, DefaultSize+1)); err == nil {
		t.Error("a large info is accepted")
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path, []byte("d4:info"+oneFile("4:name1:n")+"e"), 0o644); err != nil {
		t.Fatal(err)
	}
	if m, err := Load(path); err != nil || m.Info.Name != "n" {
		t.Errorf("got %v", err)
	}
	var refusal *Error
	if _, err := LoadWith(path, Limits{Size: 10}); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}

func TestParseInfoRefuses(t *testing.T) {
	good := oneFile("4:name1:n")
	if _, err := ParseInfo([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, raw := range []string{"", "d", "le", good + "\n", good + good, good[:len(good)-1]} {
		var refusal *Error
		if _, err := ParseInfo([]byte(raw)); !errors.As(err, &refusal) {
			t.Errorf("%q: got %v", raw, err)
		}
	}
}

func TestParseKeepsNothing(t *testing.T) {
	raw := []byte("d4:info" + fileList(file("i0e", "a"), 0) + "e")
	m, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	i, err := ParseInfo(m.Info.Raw())
	if err != nil {
		t.Fatal(err)
	}
	hash := i.InfoHash()
	clear(raw)
	clear(m.Info.raw)
	if i.Files[0].Path[0] != "a" || i.InfoHash() != hash {
		t.Error("the result changes with the input")
	}
}

func TestOuterFields(t *testing.T) {
	info := "4:info" + oneFile("4:name1:n")
	urls := func(list ...string) string { return string(appendStrings(nil, list)) }
	tests := []struct {
		name, file string
		want       string
	}{
		{"nothing", "d" + info + "e", "[] [] [] '' '' 0"},
		{"announce", "d8:announce" + s("http://a/announce") + info + "e", "[[http://a/announce]] [] [] '' '' 0"},
		{
			"tiers", "d8:announce" + s("http://b/") + "13:announce-listl" + urls("http://a/", "udp://b:1") + urls("http://b/") + "e" + info + "e",
			"[[http://a/ udp://b:1] [http://b/]] [] [] '' '' 0",
		},
		{
			"announce only there", "d8:announce" + s("http://c/") + "13:announce-listl" + urls("http://a/") + "e" + info + "e",
			"[[http://c/] [http://a/]] [] [] '' '' 0",
		},
		{
			"bad trackers", "d8:announce" + s("wss://c/") + "13:announce-listl" + urls("http://", "x", " http://a/ ", "http://a/", "ftp://a/", "http://a b/", "") + "i5e" + s("udp://b:1") + "e" + info + "e",
			"[[http://a/] [udp://b:1]] [] [] '' '' 0 6 warnings",
		},
		{"announce-list of strings", "d13:announce-list" + urls("http://a/", "http://b/") + info + "e", "[[http://a/] [http://b/]] [] [] '' '' 0"},
		{"announce-list is empty", "d13:announce-list0:" + info + "e", "[] [] [] '' '' 0"},
		{"announce-list is a string", "d13:announce-list1:x" + info + "e", "[] [] [] '' '' 0 1 warnings"},
		{"announce is a list", "d8:announce" + urls("http://a/") + info + "e", "[[http://a/]] [] [] '' '' 0"},
		{"announce is an integer", "d8:announcei5e" + info + "e", "[] [] [] '' '' 0 1 warnings"},
		{"web seed", "d" + info + "8:url-list" + s("http://w/x") + "e", "[] [http://w/x] [] '' '' 0"},
		{"web seeds", "d" + info + "8:url-list" + urls("http://w/x", "ftp://w/x", "", "https://v/") + "e", "[] [http://w/x https://v/] [] '' '' 0 1 warnings"},
		{"no web seed", "d" + info + "8:url-list0:e", "[] [] [] '' '' 0"},
		{"nodes", "d" + info + "5:nodesll1:ai1eel3:::1i65535eel9:127.0.0.1i80eeee", "[] [] [a:1 [::1]:65535 127.0.0.1:80] '' '' 0"},
		{"bad nodes", "d" + info + "5:nodesll1:ai0eel1:ai65536eel0:i1eel1:/i1eel1:aeli1ei1eei5el1:ai1ei1eeee", "[] [] [] '' '' 0 8 warnings"},
		{"nodes is a string", "d" + info + "5:nodes1:xe", "[] [] [] '' '' 0 1 warnings"},
		{"texts", "d7:comment1:c10:created by1:b13:creation datei1000e" + info + "e", "[] [] [] 'c' 'b' 1000"},
		{"texts in utf-8", "d7:comment1:\xff13:comment.utf-82:ä10:created by1:\xff" + info + "e", "[] [] [] 'ä' '\uFFFD' 0"},
		{"milliseconds", "d13:creation datei1375363666000e" + info + "e", "[] [] [] '' '' 1375363666"},
		{"bad date", "d13:creation datei-5e" + info + "e", "[] [] [] '' '' 0 1 warnings"},
		{"date is a string", "d13:creation date1:5" + info + "e", "[] [] [] '' '' 0 1 warnings"},
		{"no date", "d13:creation datei0e" + info + "e", "[] [] [] '' '' 0"},
		{"comment is a list", "d7:commentle" + info + "e", "[] [] [] '' '' 0 1 warnings"},
		{"layers of v1", "d" + info + "12:piece layers1:xe", "[] [] [] '' '' 0"},
		{"white space", "d" + info + "e\r\n", "[] [] [] '' '' 0 1 warnings"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := Parse([]byte(test.file))
			if err != nil {
				t.Fatal(err)
			}
			date := int64(0)
			if !m.CreationDate.IsZero() {
				date = m.CreationDate.Unix()
			}
			got := fmt.Sprintf("%v %v %v '%s' '%s' %d", m.Trackers, m.WebSeeds, m.Nodes, m.Comment, m.CreatedBy, date)
			if len(m.Warnings) > 0 {
				got += fmt.Sprintf(" %d warnings", len(m.Warnings))
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s\n%q", got, test.want, m.Warnings)
			}
		})
	}
}

func TestWarningsAreBounded(t *testing.T) {
	m, err := Parse([]byte("d4:info" + oneFile("4:name1:n") + "5:nodesl" + strings.Repeat("i5e", 10_000) + "ee"))
	if err != nil || len(m.Warnings) != maxWarnings {
		t.Errorf("got %v, %d warnings", err, len(m.Warnings))
	}
}

func TestInfoFlags(t *testing.T) {
	for more, want := range map[string][2]string{
		"":                       {"false", ""},
		"7:privatei1e":           {"true", ""},
		"7:privatei0e":           {"false", ""},
		"7:private1:1":           {"true", ""},
		"7:private1:0":           {"false", ""},
		"7:privatele":            {"true", ""},
		"6:source3:ABC":          {"false", "ABC"},
		"6:sourcei5e":            {"false", ""},
		"6:source1:\xff":         {"false", "\uFFFD"},
		"10:name.utf-82:ä1:x1:y": {"false", ""},
	} {
		i, err := ParseInfo([]byte(oneFile("4:name1:n" + more)))
		if err != nil {
			t.Errorf("%q: %v", more, err)
			continue
		}
		if got := [2]string{fmt.Sprint(i.Private), i.Source}; got != want {
			t.Errorf("%q: got %v", more, got)
		}
	}
}

func TestInfoLayout(t *testing.T) {
	pad := func(length string) string { return "d4:attr1:p6:length" + length + "4:pathl4:.pad1:0ee" }
	i, err := ParseInfo([]byte(fileList(
		file("i0e", "empty")+file("i16000e", "a")+pad("i384e")+pad("i0e")+file("i10e", "d", "b")+file("i0e", "z")+file("i20000e", "c")+file("i0e", "y"), 3)))
	if err != nil {
		t.Fatal(err)
	}
	if i.Length != 36394 || i.DataLength() != 36010 || i.NumPieces() != 3 || i.SingleFile() || i.HasV2() || !i.HasV1() {
		t.Errorf("got %d bytes, %d of data, %d pieces", i.Length, i.DataLength(), i.NumPieces())
	}
	sizes := []int64{i.PieceSize(0), i.PieceSize(1), i.PieceSize(2)}
	if !slices.Equal(sizes, []int64{16384, 16384, 3626}) {
		t.Errorf("piece sizes %v", sizes)
	}
	for off, want := range map[int64]int{-1: -1, 0: 1, 15999: 1, 16000: 2, 16383: 2, 16384: 4, 16393: 4, 16394: 6, 36393: 6, 36394: -1, 1 << 60: -1} {
		if got := i.FileAt(off); got != want {
			t.Errorf("byte %d: file %d, want %d", off, got, want)
		}
	}
	if !i.Files[2].Pad || !i.Files[3].Pad || i.Files[4].Pad {
		t.Error("padding is not seen")
	}
}

func TestInfoLayoutV2(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 16000), "b": "", "c": noise(2, 40000), "d": "x"})
	m := create(t, Options{Path: root, Format: V2, PieceLength: 16 << 10})
	i := m.Info
	if i.NumPieces() != 5 || i.Length != 4*16384+1 || i.DataLength() != 56001 || i.HasV1() || !i.HasV2() {
		t.Errorf("%d pieces, %d bytes, %d of data", i.NumPieces(), i.Length, i.DataLength())
	}
	var sizes []int64
	for p := range i.NumPieces() {
		sizes = append(sizes, i.PieceSize(p))
	}
	if !slices.Equal(sizes, []int64{16000, 16384, 16384, 7232, 1}) {
		t.Errorf("piece sizes %v", sizes)
	}
	for off, want := range map[int64]int{0: 0, 15999: 0, 16000: -1, 16383: -1, 16384: 2, 56383: 2, 56384: -1, 65536: 3, 65537: -1} {
		if got := i.FileAt(off); got != want {
			t.Errorf("byte %d: file %d, want %d", off, got, want)
		}
	}
	if !i.Files[1].PiecesRoot.IsZero() || i.Files[0].PiecesRoot.IsZero() {
		t.Error("the empty file has a root, or another has none")
	}
	single := create(t, Options{Path: filepath.Join(root, "c"), Format: V2}).Info
	if !single.SingleFile() || single.Files[0].Path[0] != "c" {
		t.Error("a single file is not seen as one")
	}
}

func TestAttributes(t *testing.T) {
	attr := func(letters string, length string) string {
		return "d4:attr" + s(letters) + "6:length" + length + "4:pathl" + s("f"+letters) + "e12:symlink pathl2:..3:etcee"
	}
	i, err := ParseInfo([]byte(fileList(attr("x", "i0e")+attr("hx", "i0e")+attr("l", "i0e")+attr("xl?", "i5e")+attr("p", "i1e"), 1)))
	if err != nil {
		t.Fatal(err)
	}
	var got []Attr
	for _, f := range i.Files {
		got = append(got, f.Attr)
	}
	if !slices.Equal(got, []Attr{AttrExecutable, AttrExecutable | AttrHidden, AttrSymlink, AttrExecutable, 0}) || !i.Files[4].Pad {
		t.Errorf("got %v", got)
	}
}

func TestHybridMustAgree(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 20_000), "b/c": "x", "d": "", "e": noise(2, 16384)})
	m := create(t, Options{Path: root, Format: Hybrid, PieceLength: 16 << 10})
	raw := string(m.Info.Raw())
	if _, err := ParseInfo([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	list := strings.Index(raw, "5:filesl")
	change := func(old, new string) string {
		return raw[:list] + strings.Replace(raw[list:], old, new, 1)
	}
	for name, test := range map[string]struct{ raw, reason string }{
		"other name":      {change("l1:ae", "l1:xe"), "where the v1 list has"},
		"other length":    {change("i20000e", "i19999e"), "bytes, but"},
		"one file fewer":  {change("d6:lengthi0e4:pathl1:dee", ""), "where the v1 list has"},
		"one file more":   {change("d6:lengthi0e4:pathl1:dee", "d6:lengthi0e4:pathl1:dee"+file("i0e", "d2")), "where the v1 list has"},
		"last file fewer": {change("d6:lengthi16384e4:pathl1:eee", ""), "pieces"},
		"no padding":      {change("d4:attr1:p6:lengthi12768e4:pathl4:.pad5:12768ee", ""), "does not start with a piece"},
		"padding moved":   {change("d4:attr1:p6:lengthi12768e4:pathl4:.pad5:12768eed6:lengthi1e4:pathl1:b1:cee", "d6:lengthi1e4:pathl1:b1:ceed4:attr1:p6:lengthi12768e4:pathl4:.pad5:12768ee"), "does not start with a piece"},
		"no files":        {raw[:list] + raw[strings.Index(raw, "12:meta version"):], "length"},
		"one file":        {raw[:list] + "6:lengthi5e" + raw[strings.Index(raw, "12:meta version"):], "pieces"},
	} {
		if _, err := ParseInfo([]byte(test.raw)); err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: got %v, want %q", name, err, test.reason)
		}
	}
}

func TestPieceLayersMustMatch(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 50_000), "b": noise(2, 20_000), "c": "x"})
	m := create(t, Options{Path: root, Format: V2, PieceLength: 16 << 10})
	raw := string(m.Bytes())
	at := strings.Index(raw, "12:piece layers") + len("12:piece layers")
	if len(m.PieceLayers) != 2 {
		t.Fatalf("%d layers", len(m.PieceLayers))
	}
	for name, layers := range map[string]string{
		"a string":    "1:x",
		"short key":   "d1:x1:ye",
		"wrong hash":  raw[at:len(raw)-10] + "x" + raw[len(raw)-9:len(raw)-1],
		"wrong count": strings.Replace(raw[at:len(raw)-1], "128:", "96:", 1),
	} {
		if _, err := Parse([]byte(raw[:at] + layers + "e")); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, layers := range map[string]string{"none": "de", "unknown": "d32:" + strings.Repeat("x", 32) + "3:abce"} {
		got, err := Parse([]byte(raw[:at] + layers + "e"))
		if err != nil || len(got.Warnings) != 1 || len(got.PieceLayers) != 0 {
			t.Errorf("%s: got %v, %v", name, err, got)
		}
	}
}

func TestUnsortedKeepsHash(t *testing.T) {
	sorted, err := ParseInfo([]byte(oneFile("4:name1:n")))
	if err != nil {
		t.Fatal(err)
	}
	unsorted, err := ParseInfo([]byte("d4:name1:n" + oneFile("")[1:]))
	if err != nil {
		t.Fatal(err)
	}
	if sorted.InfoHash() == unsorted.InfoHash() || sorted.Length != unsorted.Length {
		t.Error("the infohash is not that of the bytes")
	}
}

func TestCreationDateRoundTrip(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1"})
	m := create(t, Options{Path: root, Date: time.Unix(1_700_000_000, 999)})
	if got := m.CreationDate; !got.Equal(time.Unix(1_700_000_000, 0)) {
		t.Errorf("got %v", got)
	}
}

func TestManyURLs(t *testing.T) {
	var urls, nodes strings.Builder
	for n := range 5000 {
		urls.WriteString(s(fmt.Sprintf("http://%d/", n)))
		nodes.WriteString("l" + s(fmt.Sprintf("h%d", n)) + "i1ee")
	}
	m, err := Parse([]byte("d13:announce-listl" + urls.String() + "e4:info" + oneFile("4:name1:n") + "5:nodesl" + nodes.String() + "e8:url-listl" + urls.String() + "ee"))
	if err != nil || len(m.Trackers) != maxURLs || len(m.WebSeeds) != maxURLs || len(m.Nodes) != maxNodes {
		t.Errorf("got %v, %d trackers, %d web seeds, %d nodes", err, len(m.Trackers), len(m.WebSeeds), len(m.Nodes))
	}
}
