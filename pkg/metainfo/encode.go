package metainfo

import "strconv"

// appendString appends s in bencode.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}

// appendInt appends n in bencode.
func appendInt(b []byte, n int64) []byte {
	b = append(b, 'i')
	b = strconv.AppendInt(b, n, 10)
	return append(b, 'e')
}

// appendStrings appends a list of strings in bencode.
func appendStrings(b []byte, list []string) []byte {
	b = append(b, 'l')
	for _, s := range list {
		b = appendString(b, s)
	}
	return append(b, 'e')
}
