package metainfo

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
