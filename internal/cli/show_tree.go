package cli

import (
	"strconv"
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// treeNode is a file or a folder of a torrent.
type treeNode struct {
	name     string
	file     *listedFile // nil for a folder
	bytes    int64       // of all files in it
	children []*treeNode // in the order in which the torrent names them
	folders  map[string]*treeNode
}

// fileTree puts the files of a torrent into their folders, below one of the torrent's name.
func fileTree(info *metainfo.Info) *treeNode {
	root := &treeNode{name: info.Name}
	files := listFiles(info, nil)
	if info.SingleFile() {
		root.file, root.bytes = &files[0], files[0].Bytes
		return root
	}
	for n := range files {
		f := &files[n]
		elements := strings.Split(f.Path, "/")
		at := root
		at.bytes += f.Bytes
		for _, name := range elements[:len(elements)-1] {
			at = at.folder(name)
			at.bytes += f.Bytes
		}
		at.children = append(at.children, &treeNode{name: elements[len(elements)-1], file: f, bytes: f.Bytes})
	}
	return root
}

// folder is the folder of that name in n, made if it is not there.
func (n *treeNode) folder(name string) *treeNode {
	if there := n.folders[name]; there != nil {
		return there
	}
	if n.folders == nil {
		n.folders = map[string]*treeNode{}
	}
	made := &treeNode{name: name}
	n.folders[name] = made
	n.children = append(n.children, made)
	return made
}

// branches are what is drawn before a name: for a child that others follow, for the last one, and
// below each of them.
type branches struct{ fork, end, past, none string }

var (
	asciiBranches = branches{"|-- ", "`-- ", "|   ", "    "}
	lineBranches  = branches{"├── ", "└── ", "│   ", "    "}
)

// showTree prints the files in their folders, with the numbers that --select takes and with sizes.
func showTree(term *ui.IO, info *metainfo.Info) error {
	draw := asciiBranches
	if term.Unicode() {
		draw = lineBranches
	}
	table := term.Table(ui.Column{Title: "#", Right: true}, ui.Column{Title: "size", Right: true}, ui.Column{Title: "file"})
	var row func(n *treeNode, lead, below string)
	row = func(n *treeNode, lead, below string) {
		number, text := "", n.name+"/"
		if n.file != nil {
			number, text = strconv.Itoa(n.file.Index), n.name
			if n.file.Link != "" {
				text += " -> " + n.file.Link
			}
		}
		table.Row(number, sizeCell(term, n.bytes), lead+text)
		for i, child := range n.children {
			if i == len(n.children)-1 {
				row(child, below+draw.end, below+draw.none)
			} else {
				row(child, below+draw.fork, below+draw.past)
			}
		}
	}
	row(fileTree(info), "", "")
	return table.Flush()
}

// sizeCell is a size in a table: for people on a terminal, in bytes elsewhere.
func sizeCell(term *ui.IO, n int64) string {
	if term.OutTTY {
		return ui.Bytes(n)
	}
	return strconv.FormatInt(n, 10)
}
