package metainfo

import (
	"fmt"
	"strings"
	"testing"
)

// TestLongTexts checks that texts for people are cut, that it is told, and
// that the torrent keeps all of them.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("ü", maxText)
	file := "d7:comment" + s(long) + "10:created by" + s("x"+long) + "4:info" + oneFile("4:name1:n6:source"+s(long)) + "e"
	m, err := Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if m.Comment != long[:maxText] || m.CreatedBy != "x"+long[:maxText-2] || m.Info.Source != long[:maxText] || len(m.Warnings) != 2 {
		t.Errorf("%d, %d, %d bytes, warnings %q", len(m.Comment), len(m.CreatedBy), len(m.Info.Source), m.Warnings)
	}
	if b := m.Bytes(); string(b) != file {
		t.Errorf("%d bytes for %d", len(b), len(file))
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
		{"HTTP seeds", "d9:httpseeds" + urls("http://w/x") + info + "e", "[] [] [] '' '' 0 1 warnings"},
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
