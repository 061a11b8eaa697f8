package sourcelist

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParse(t *testing.T) {
	const list = "\ufeff# a list\r\n" +
		"\r\n" +
		"https://one.example/a.torrent\thttps://two.example/a.torrent\t\r\n" +
		"  dir=/srv/my files \n" +
		"\tselect-file = 1,3-5\n" +
		"  # between options\n" +
		" OUT=\n" +
		"magnet:?xt=urn:btih:00&dn=a=b\n" +
		"  magnet:?xt=urn:btih:01\n" +
		"  some file=1.torrent\n" +
		"out=here.torrent\n" +
		"last"
	want := []Entry{
		{Line: 3, URIs: []string{"https://one.example/a.torrent", "https://two.example/a.torrent"}, Options: []Option{
			{4, "dir", "/srv/my files"}, {5, "select-file", "1,3-5"}, {7, "out", ""},
		}},
		{Line: 8, URIs: []string{"magnet:?xt=urn:btih:00&dn=a=b"}},
		{Line: 9, URIs: []string{"magnet:?xt=urn:btih:01"}}, // names of options have no colon
		{Line: 10, URIs: []string{"some file=1.torrent"}},
		{Line: 11, URIs: []string{"out=here.torrent"}}, // not indented
		{Line: 12, URIs: []string{"last"}},
	}
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(list), "byte by byte": iotest.OneByteReader(strings.NewReader(list)),
	} {
		got, err := Parse(r)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}
	if got, err := Parse(strings.NewReader("\n#\n \t\n")); err != nil || len(got) != 0 {
		t.Errorf("an empty list: %v, %v", got, err)
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("x", MaxLine-2)
	if got, err := Parse(strings.NewReader(long + "\ny\n")); err != nil || len(got) != 2 {
		t.Errorf("a long line: %d, %v", len(got), err)
	}
	for _, c := range []struct {
		list io.Reader
		want string
	}{
		{strings.NewReader("a\n" + long + "yyy\n"), "line 2: longer than 65536 bytes"},
		{strings.NewReader("a\nb\x00\n"), "line 2: this is no text"},
		{strings.NewReader("\n  dir=x\n"), "line 2: the option dir belongs to no source"},
		{strings.NewReader(strings.Repeat("a\n", MaxEntries+1)), fmt.Sprintf("line %d: more than 100000 sources", MaxEntries+1)},
		{strings.NewReader("a\n" + strings.Repeat(" x=1\n", MaxOptions+1)), "line 102: more than 100 options of one source"},
		{io.LimitReader(endless{}, MaxSize+1), "longer than 64 MiB"},
		{endless{}, "longer than 64 MiB"},
	} {
		got, err := Parse(c.list)
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) || got != nil {
			t.Errorf("%d entries, %v, want %s", len(got), err, c.want)
		}
	}
	if got, err := Parse(io.LimitReader(endless{}, MaxSize)); err != nil || len(got) != 0 {
		t.Errorf("a list of the largest size: %d, %v", len(got), err)
	}
	fault := errors.New("gone")
	if _, err := Parse(iotest.ErrReader(fault)); !errors.Is(err, fault) {
		t.Errorf("a reader's fault: %v", err)
	}
}

// endless are comments without end.
type endless struct{}

var comment = []byte(strings.Repeat("#", MaxLine))

func (endless) Read(p []byte) (int, error) {
	n := copy(p, comment)
	p[n-1] = '\n'
	return n, nil
}

// What a list holds, written down again as a list, is read as the same.
func FuzzParse(f *testing.F) {
	f.Add("# c\nhttp://a/\thttp://b/\n  out=x\n\tdir = y \r\nmagnet:?xt=urn:btih:00\n")
	f.Add(" indented=option\n")
	f.Add("a\n b=c\n  magnet:?xt=1\n\x00")
	f.Fuzz(func(t *testing.T, list string) {
		entries, err := Parse(strings.NewReader(list))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			return
		}
		var b strings.Builder
		for _, e := range entries {
			if len(e.URIs) == 0 || len(e.Options) > MaxOptions || e.Line < 1 {
				t.Fatalf("%+v", e)
			}
			b.WriteString(strings.Join(e.URIs, "\t") + "\n")
			for _, o := range e.Options {
				fmt.Fprintf(&b, " %s=%s\n", o.Name, o.Value)
			}
		}
		again, err := Parse(strings.NewReader(b.String()))
		if err != nil || len(again) != len(entries) {
			t.Fatalf("%d entries, then %d, %v", len(entries), len(again), err)
		}
		for i := range again {
			if !reflect.DeepEqual(again[i].URIs, entries[i].URIs) || len(again[i].Options) != len(entries[i].Options) {
				t.Fatalf("%+v, then %+v", entries[i], again[i])
			}
		}
	})
}
