package disk

// mayCreate tells whether this user may create files in a folder; only trying would tell here.
func mayCreate(*folder) error { return nil }
