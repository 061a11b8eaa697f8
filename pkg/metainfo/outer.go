package metainfo

import (
	"bytes"
	"net"
	"strconv"
	"time"
)

// outerKeys are the entries beside the info dictionary that have a meaning
// here, cut out but not yet understood.
type outerKeys struct {
	info, announce, announceList, urlList, nodes   span
	comment, commentUTF8, createdBy, createdByUTF8 span
	creationDate, pieceLayers, httpSeeds           span
	infoKeys                                       infoKeys
}

func (k *outerKeys) field(key []byte) *span {
	switch string(key) {
	case "info":
		return &k.info
	case "announce":
		return &k.announce
	case "announce-list":
		return &k.announceList
	case "url-list":
		return &k.urlList
	case "httpseeds":
		return &k.httpSeeds
	case "nodes":
		return &k.nodes
	case "comment":
		return &k.comment
	case "comment.utf-8":
		return &k.commentUTF8
	case "created by":
		return &k.createdBy
	case "created by.utf-8":
		return &k.createdByUTF8
	case "creation date":
		return &k.creationDate
	case "piece layers":
		return &k.pieceLayers
	}
	return nil
}

// scanOuter walks a .torrent file and checks its syntax to the end.
func scanOuter(c *cursor) outerKeys {
	var keys outerKeys
	for c.enter('d'); c.more(); {
		if !bytes.HasPrefix(c.b[c.pos:], infoKey) || keys.info.raw != nil {
			scanEntry(c, keys.field)
			continue
		}
		// The dictionary that matters is walked and taken apart in one go.
		c.str()
		start := c.pos
		keys.infoKeys = scanInfo(c)
		keys.info.raw = c.b[start:c.pos:c.pos]
	}
	return keys
}

// infoKey is how the entry of the info dictionary starts.
var infoKey = []byte("4:infod")

// read understands the entries beside the info dictionary. What is odd in
// them is dropped with a warning, as the torrent works without; only piece
// layers that contradict the info dictionary are refused.
func (m *Metainfo) read(k outerKeys) error {
	m.Trackers = m.readTrackers(k)
	m.WebSeeds = m.readWebSeeds(k.urlList)
	if k.httpSeeds.kind() == 's' || k.httpSeeds.entries > 0 {
		m.warn("it names HTTP seeds of the older kind (httpseeds, BEP 17), which are not used")
	}
	m.Nodes = m.readNodes(k.nodes)
	m.Comment = m.readText("comment", k.comment, k.commentUTF8)
	m.CreatedBy = m.readText("created by", k.createdBy, k.createdByUTF8)
	m.CreationDate = m.readDate(k.creationDate)
	if err := m.readLayers(k.pieceLayers); err != nil {
		return err
	}
	m.orig.fields = m.fields()
	return nil
}

// readText reads a text for people, for which a UTF-8 variant may be there as well.
func (m *Metainfo) readText(key string, plain, utf8 span) string {
	s := utf8.str()
	if len(s) == 0 {
		s = plain.str()
		if kind := plain.kind(); kind != 0 && kind != 's' {
			m.warn("%s is %s, not a string", key, kindName(kind))
		}
	}
	if len(s) > maxText {
		m.warn("%s is longer than %d bytes; the rest is not shown", key, maxText)
	}
	return shortText(s)
}

// readDate reads a point in time, in seconds. Some programs write
// milliseconds, which would be far in the future.
func (m *Metainfo) readDate(date span) time.Time {
	const year9999 = 253402300799
	s := date.integer()
	if s > year9999 {
		s /= 1000
	}
	switch {
	case date.kind() == 0 || s == 0 && date.kind() == 'i':
		return time.Time{}
	case s <= 0 || s > year9999:
		m.warn("the creation date is no date")
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// maxNodes bounds how many DHT nodes of a torrent are kept.
const maxNodes = 1000

// readNodes reads pairs of host and port (BEP 5).
func (m *Metainfo) readNodes(nodes span) []string {
	if nodes.kind() != 'l' {
		if nodes.kind() != 0 {
			m.warn("nodes are %s, not a list", kindName(nodes.kind()))
		}
		return nil
	}
	var list []string
	c := inside(nodes.raw)
	for c.enter('l'); c.more(); {
		if node, ok := readNode(c.span()); ok && len(list) < maxNodes {
			list = append(list, node)
		} else if !ok {
			m.warn("a DHT node without a host and a port was dropped")
		}
	}
	return list
}

func readNode(node span) (string, bool) {
	if node.kind() != 'l' || node.entries != 2 {
		return "", false
	}
	c := inside(node.raw)
	c.enter('l')
	host, port := c.span().str(), c.span().integer()
	if !validHost(string(host)) || port < 1 || port > 65535 {
		return "", false
	}
	return net.JoinHostPort(string(host), strconv.FormatInt(port, 10)), true
}
