package cli

// linksFlag is --symlinks: what becomes of symbolic links.
type linksFlag struct{ store bool }

func (f *linksFlag) Set(s string) error {
	switch s {
	case "follow":
		f.store = false
	case "store":
		f.store = true
	default:
		return usagef("%q is none of follow, store", s)
	}
	return nil
}

func (f *linksFlag) String() string {
	if f.store {
		return "store"
	}
	return "follow"
}

func (f *linksFlag) Type() string { return "follow|store" }
