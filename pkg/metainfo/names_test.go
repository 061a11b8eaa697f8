package metainfo

import (
	"slices"
	"strings"
	"testing"
)

// store runs paths through the validator and returns them as they would be
// stored.
func store(windows bool, paths ...string) ([]string, error) {
	n := newNames(Limits{}.withDefaults())
	n.windows, n.fold = windows, windows
	var stored []string
	for _, p := range paths {
		elements, err := n.file(append(n.room(1), strings.Split(p, "|")...))
		if err != nil {
			return stored, err
		}
		stored = append(stored, strings.Join(elements, "|"))
	}
	return stored, n.finish()
}

func TestNames(t *testing.T) {
	long := strings.Repeat("ü", 127)
	tests := []struct {
		name    string
		windows bool
		paths   []string
		want    []string // nil: refused
	}{
		{"plain", false, []string{"a|b", "a|c", "b"}, []string{"a|b", "a|c", "b"}},
		{"other case", false, []string{"a", "A"}, []string{"a", "A"}},
		{"controls stay", false, []string{"a\x1b[2J", "b\u202e"}, []string{"a\x1b[2J", "b\u202e"}},
		{"backslash stays", false, []string{`..\..\x`}, []string{`..\..\x`}},
		{"three dots", false, []string{"...", "..a", "a.."}, []string{"...", "..a", "a.."}},
		{"not UTF-8", false, []string{"a\xff\xfeb", "\xe4|x"}, []string{"a__b", "_|x"}},
		{"clash of what is not UTF-8", false, []string{"a\xff", "a\xfe", "a\xfd"}, []string{"a_", "a_~2", "a_~3"}},
		{"clash with a plain name", false, []string{"a\xff", "a_"}, []string{"a_", "a_~2"}},
		{"clash with a plain name before", false, []string{"a_", "a\xff"}, []string{"a_", "a_~2"}},
		{"folders that merge", false, []string{"d\xff|x", "d\xfe|y", "d\xff|z"}, []string{"d_|x", "d_|y", "d_|z"}},
		{"merged folders with a clash", false, []string{"d\xff|x", "d\xfe|x"}, nil},
		{"file, folder from the same bytes", false, []string{"d\xff", "d\xfe|x", "d\xfe|y"}, []string{"d_", "d_~2|x", "d_~2|y"}},
		{"the same bytes twice", false, []string{"a\xff", "a\xff"}, nil},
		{"long clash", false, []string{long + "\xff", long + "\xfe"}, []string{long + "_", long[:252] + "~2"}},
		{"twice", false, []string{"a|b", "a|b"}, nil},
		{"file and folder", false, []string{"a|b", "a"}, nil},
		{"part", false, []string{"f", "f.part"}, nil},
		{"part of a folder", false, []string{"f|x", "f.part"}, []string{"f|x", "f.part"}},
		{"part elsewhere", false, []string{"f", "d|f.part"}, []string{"f", "d|f.part"}},
		{"part alone", false, []string{".part", "f.part"}, []string{".part", "f.part"}},
		{"empty element", false, []string{"a||b"}, nil},
		{"empty", false, []string{""}, nil},
		{"dot", false, []string{"a|."}, nil},
		{"dots", false, []string{"..|a"}, nil},
		{"slash", false, []string{"a/b"}, nil},
		{"absolute", false, []string{"/a"}, nil},
		{"NUL", false, []string{"a\x00"}, nil},
		{"255 bytes", false, []string{long + "a"}, []string{long + "a"}},
		{"256 bytes", false, []string{long + "aa"}, nil},
		{"windows characters", true, []string{`a\b:c*?"<>|d` + "\x1f"}, []string{"a_b_c_____|d_"}},
		{"windows devices", true, []string{"CON", "con.txt", "COM1", "lpt9.x", "COM10", "aux .y"}, []string{"_CON", "_con.txt", "_COM1", "_lpt9.x", "COM10", "_aux .y"}},
		{"windows ends", true, []string{"a.", "b ", "..."}, []string{"a_", "b_", ".._"}},
		{"windows case", true, []string{"a", "A", "D|x", "d|y"}, []string{"a", "A~2", "D|x", "d|y"}},
		{"windows case clash in merged folders", true, []string{"D|x", "d|X"}, []string{"D|x", "d|X~2"}},
		{"windows twice", true, []string{"a", "a"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := store(test.windows, test.paths...)
			if (err == nil) != (test.want != nil) || err == nil && !slices.Equal(got, test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{"a": true, ".torrent.bolt.db": false, ".Torrent.Bolt.DB.lock": false, "torrent.bolt.db": true} {
		if got := reserved(name) == nil; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestUTF8PathsWin(t *testing.T) {
	entry := func(path, utf8 string) string {
		return "d6:lengthi0e4:pathl" + s(path) + "e10:path.utf-8" + utf8 + "e"
	}
	i, err := ParseInfo([]byte(fileList(entry("\xe4", "l2:äe")+entry("b", "le")+entry("c", "l1:\xffe")+entry("d", "i5e"), 0)))
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(i); !slices.Equal(got, []string{"ä", "b", "c", "d"}) {
		t.Errorf("got %q", got)
	}
	i, err = ParseInfo([]byte(oneFile("4:name1:\xe410:name.utf-82:ä")))
	if err != nil || i.Name != "ä" || i.Files[0].Path[0] != "ä" {
		t.Errorf("got %v, %v", i, err)
	}
	i, err = ParseInfo([]byte(oneFile("4:name1:\xe4")))
	if err != nil || i.Name != "_" || len(i.warnings) != 1 {
		t.Errorf("got %v, %v", i, err)
	}
}

// TestPadPaths checks that padding cannot name anything outside.
func TestPadPaths(t *testing.T) {
	for path, want := range map[string]string{"l4:.pad1:5e": ".pad/5", "l2:..1:xe": ".pad/0", "le": ".pad/0", "i5e": ".pad/0", "l1:/e": ".pad/0"} {
		i, err := ParseInfo([]byte(fileList("d4:attr1:p6:lengthi0e4:path"+path+"e"+file("i0e", "x"), 0)))
		if err != nil || strings.Join(i.Files[0].Path, "/") != want {
			t.Errorf("%s: got %v, %v", path, i, err)
		}
	}
}

// TestManyClashes has names that all become the same one. Each search for a
// free number has to go on where the last one ended.
func TestManyClashes(t *testing.T) {
	var list strings.Builder
	const count = 30_000
	for n := range count {
		list.WriteString(file("i0e", string([]byte{0x80 + byte(n>>12)&63, 0x80 + byte(n>>6)&63, 0x80 + byte(n)&63})))
	}
	i, err := ParseInfo([]byte(fileList(list.String(), 0)))
	if err != nil || len(i.Files) != count || i.Files[count-1].Path[0] != "___~30000" {
		t.Errorf("got %v", err)
	}
}
