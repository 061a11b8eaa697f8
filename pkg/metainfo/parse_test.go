package metainfo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
		{"no tree", v2("le"), "file tree"},
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
