package metainfo

import "time"

// stamp is what tells whether a file was written to.
type stamp struct {
	size     int64
	modified time.Time
}

func (s stamp) equal(o stamp) bool { return s.size == o.size && s.modified.Equal(o.modified) }
