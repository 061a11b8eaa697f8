package ui

import (
	"bytes"
	"testing"
)

var fileColumns = []Column{{Title: "INDEX", Right: true}, {Title: "SIZE", Right: true}, {Title: "STATE"}, {Title: "PATH", Flex: true}}

func fill(t *Table) {
	t.Row("1", "1.0 GiB", "complete", "a/very long folder name/with a very long file name in it.part01.mkv")
	t.Row("12", "512 B", "damaged", "日本語/ファイル.txt")
	t.Row("103", "", "missing", "evil\t\x1b[2J\nname")
	t.Row("104")
	t.Row("105", "0 B", "complete", "x", "beyond")
}

func TestTable(t *testing.T) {
	for name, columns := range map[string]int{"table-60.golden": 60, "table-30.golden": 30, "table-200.golden": 200, "table-pipe.golden": 0} {
		var b bytes.Buffer
		x := NewIO(Options{Out: &b, Color: ColorNever, Getenv: utf8Locale, Terminal: &Terminal{OutTTY: columns > 0, Size: func() (int, int) { return columns, 24 }}})
		table := x.Table(fileColumns...)
		fill(table)
		if err := table.Flush(); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
		b.Reset()
		if err := table.Flush(); err != nil || b.Len() > 0 {
			t.Errorf("a second Flush: %q %v", b.String(), err)
		}
	}
}

func TestTableWithoutTitles(t *testing.T) {
	var b bytes.Buffer
	x := NewIO(Options{Out: &b, Color: ColorAlways, Terminal: &Terminal{OutTTY: true}})
	table := x.Table(Column{}, Column{})
	table.Row("a", "b")
	table.Row("longer", "c")
	if err := table.Flush(); err != nil || b.String() != "a       b\nlonger  c\n" {
		t.Errorf("%q %v", b.String(), err)
	}
	table = x.Table()
	table.Row("a")
	if err := table.Flush(); err != nil {
		t.Error(err)
	}
}

func TestTableToAClosedPipe(t *testing.T) {
	table := NewIO(Options{Out: failing{}}).Table(Column{})
	table.Row("a")
	if err := table.Flush(); err == nil || err.Error() != "write results: broken pipe" {
		t.Errorf("got %v", err)
	}
}

func TestFields(t *testing.T) {
	var b bytes.Buffer
	x := NewIO(Options{Out: &b})
	if err := x.Fields("name", "a\x1b", "infohash", "aaf2", "comment", "", "größe", "5"); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "name:      a\\x1b\ninfohash:  aaf2\ngröße:     5\n"; got != want {
		t.Errorf("got:\n%s", got)
	}
	if err := x.Fields("odd"); err == nil {
		t.Error("a label without a value is taken")
	}
}
