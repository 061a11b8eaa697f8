package metainfo

import (
	"bytes"
	"net"
	"slices"
	"strconv"
)

// The values of the outer dictionary in bencode; nil means to leave out the
// key.

func announce(tiers [][]string) []byte {
	for _, tier := range tiers {
		for _, url := range tier {
			return appendString(nil, url)
		}
	}
	return nil
}

// announceList is left out where "announce" says it all (BEP 12).
func announceList(tiers [][]string) []byte {
	if len(slices.Concat(tiers...)) < 2 {
		return nil
	}
	b := []byte{'l'}
	for _, tier := range tiers {
		if len(tier) > 0 {
			b = appendStrings(b, tier)
		}
	}
	return append(b, 'e')
}

func urlList(urls []string) []byte {
	if len(urls) == 0 {
		return nil
	}
	return appendStrings(nil, urls)
}

func nodeList(nodes []string) []byte {
	if len(nodes) == 0 {
		return nil
	}
	b := []byte{'l'}
	for _, node := range nodes {
		host, port, err := net.SplitHostPort(node)
		number, err2 := strconv.ParseUint(port, 10, 16)
		if err != nil || err2 != nil {
			continue
		}
		b = appendString(append(b, 'l'), host)
		b = append(appendInt(b, int64(number)), 'e')
	}
	return append(b, 'e')
}

func optional(s string) []byte {
	if s == "" {
		return nil
	}
	return appendString(nil, s)
}

func creationDate(unix int64) []byte {
	if unix == 0 {
		return nil
	}
	return appendInt(nil, unix)
}

// layerDict returns the "piece layers" dictionary.
func (m *Metainfo) layerDict() []byte {
	roots := make([]Hash256, 0, len(m.PieceLayers))
	size := 2
	for root, layer := range m.PieceLayers {
		roots = append(roots, root)
		size += len(root) + len(layer) + 24
	}
	slices.SortFunc(roots, func(a, b Hash256) int { return bytes.Compare(a[:], b[:]) })
	b := append(make([]byte, 0, size), 'd')
	for _, root := range roots {
		b = appendString(b, root[:])
		b = appendString(b, m.PieceLayers[root])
	}
	return append(b, 'e')
}
