package metainfo

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

const unsorted = "d3:zzzi1e8:url-list8:http://w4:info" +
	"d4:name1:n6:lengthi0e12:piece lengthi16384e6:pieces0:5:extrai7ee" +
	"8:announce8:http://a7:comment1:c13:comment.utf-81:c1:alee"

func TestBytesRepeatsInput(t *testing.T) {
	m, err := Parse([]byte(unsorted + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(m.Bytes()); got != unsorted {
		t.Errorf("got %q", got)
	}
	got := m.Bytes()
	got[0] = 'x'
	if m.Bytes()[0] != 'd' {
		t.Error("the result is shared")
	}
}

func TestBytesAfterEdit(t *testing.T) {
	const info = "4:infod4:name1:n6:lengthi0e12:piece lengthi16384e6:pieces0:5:extrai7ee"
	tests := []struct {
		name string
		edit func(m *Metainfo)
		want string
	}{
		{
			"comment", func(m *Metainfo) { m.Comment = "new" },
			"d1:ale8:announce8:http://a7:comment3:new" + info + "8:url-list8:http://w3:zzzi1ee",
		},
		{
			"no comment", func(m *Metainfo) { m.Comment = "" },
			"d1:ale8:announce8:http://a" + info + "8:url-list8:http://w3:zzzi1ee",
		},
		{
			"another tracker", func(m *Metainfo) { m.Trackers[0] = append(m.Trackers[0], "udp://b:1") },
			"d1:ale8:announce8:http://a13:announce-listll8:http://a9:udp://b:1ee7:comment1:c13:comment.utf-81:c" + info + "8:url-list8:http://w3:zzzi1ee",
		},
		{
			"no trackers", func(m *Metainfo) { m.Trackers = nil },
			"d1:ale7:comment1:c13:comment.utf-81:c" + info + "8:url-list8:http://w3:zzzi1ee",
		},
		{
			"web seeds", func(m *Metainfo) { m.WebSeeds = []string{"http://x", "http://y"} },
			"d1:ale8:announce8:http://a7:comment1:c13:comment.utf-81:c" + info + "8:url-listl8:http://x8:http://ye3:zzzi1ee",
		},
		{
			"all else", func(m *Metainfo) {
				m.CreatedBy, m.CreationDate, m.Nodes = "me", time.Unix(5, 0), []string{"h:1", "[::1]:2"}
			},
			"d1:ale8:announce8:http://a7:comment1:c13:comment.utf-81:c10:created by2:me13:creation datei5e" + info + "5:nodesll1:hi1eel3:::1i2eee8:url-list8:http://w3:zzzi1ee",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := Parse([]byte(unsorted))
			if err != nil {
				t.Fatal(err)
			}
			test.edit(m)
			if got := string(m.Bytes()); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			again, err := Parse(m.Bytes())
			if err != nil || again.Info.InfoHash() != m.Info.InfoHash() || len(again.Warnings) > 0 {
				t.Errorf("parsed again: %v", err)
			}
		})
	}
}

func TestBytesOfNew(t *testing.T) {
	i, err := ParseInfo([]byte("d4:name1:n6:lengthi0e12:piece lengthi16384e6:pieces0:e"))
	if err != nil {
		t.Fatal(err)
	}
	m := New(i)
	if got := string(m.Bytes()); got != "d4:info"+string(i.Raw())+"e" {
		t.Errorf("got %q", got)
	}
	m.Trackers = [][]string{{}, {"http://a"}}
	if got := string(m.Bytes()); got != "d8:announce8:http://a4:info"+string(i.Raw())+"e" {
		t.Errorf("got %q", got)
	}
}

// TestBytesWithLayers adds the layers that a torrent lacked, as after a
// download by magnet link.
func TestBytesWithLayers(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 100_000), "b": noise(2, 50_000)})
	want := create(t, Options{Path: root, Format: Hybrid, PieceLength: 16 << 10})
	i, err := ParseInfo(want.Info.Raw())
	if err != nil {
		t.Fatal(err)
	}
	bare, err := Parse(append(append([]byte("d4:info"), i.Raw()...), 'e'))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Metainfo{New(i), bare} {
		if bytes.Equal(m.Bytes(), want.Bytes()) {
			t.Fatal("there are layers already")
		}
		m.PieceLayers = want.PieceLayers
		if !bytes.Equal(m.Bytes(), want.Bytes()) {
			t.Errorf("got %q", m.Bytes())
		}
	}
}

// TestUnknownKeysSurvive edits every accepted torrent of the corpora and looks
// whether the rest is still there.
func TestUnknownKeysSurvive(t *testing.T) {
	for _, row := range corpus(t) {
		m, err := Load(row.file)
		if err != nil {
			continue
		}
		m.Comment += "!"
		raw := m.Bytes()
		c := inside(m.orig.raw)
		for c.enter('d'); c.more(); {
			key, value := string(c.str()), c.span()
			whole := append(appendString(nil, key), value.raw...)
			if !strings.HasPrefix(key, "comment") && !bytes.Contains(raw, whole) {
				t.Errorf("%s: %q is lost", row.file, key)
			}
		}
		again, err := Parse(raw)
		if err != nil || again.Comment != m.Comment || again.Info.InfoHash() != m.Info.InfoHash() {
			t.Errorf("%s: %v", row.file, err)
		}
	}
}

func TestSetters(t *testing.T) {
	m, err := Parse([]byte(unsorted))
	if err != nil {
		t.Fatal(err)
	}
	var refusal *OptionError
	if err := m.SetTrackers([][]string{{"http://new"}, {"ftp://x"}}); !errors.As(err, &refusal) || m.Trackers[0][0] != "http://a" {
		t.Errorf("got %v, %v", err, m.Trackers)
	}
	if err := m.SetWebSeeds([]string{"http://new", ""}); !errors.As(err, &refusal) || m.WebSeeds[0] != "http://w" {
		t.Errorf("got %v, %v", err, m.WebSeeds)
	}
	if err := errors.Join(m.SetTrackers([][]string{{"udp://b:1"}}), m.SetWebSeeds(nil)); err != nil {
		t.Error(err)
	}
	again, err := Parse(m.Bytes())
	if err != nil || again.Trackers[0][0] != "udp://b:1" || again.WebSeeds != nil {
		t.Errorf("got %v, %v", again, err)
	}
}
