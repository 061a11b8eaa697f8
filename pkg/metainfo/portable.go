package metainfo

import "strings"

// portable returns a path element as Windows can store it: characters that
// it reserves, a backslash among them, become "_", and so does a dot or space
// at the end; names of devices get a "_" in front.
func portable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	if last := len(name) - 1; name[last] == '.' || name[last] == ' ' {
		name = name[:last] + "_"
	}
	if isDevice(name) {
		return "_" + name
	}
	return name
}

// isDevice tells whether Windows takes a name for a device, whatever its
// extension: CON, PRN, AUX, NUL, COM0 to COM9, LPT0 to LPT9.
func isDevice(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(base, "COM")
	if !ok {
		port, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && (len(port) == 1 && isDigit(port[0]) || port == "¹" || port == "²" || port == "³")
}

// reserved refuses torrent names under which clients keep their own state in
// a download folder, so that no torrent brings its own.
func reserved(name string) error {
	if strings.HasPrefix(strings.ToLower(name), ".torrent.bolt.db") {
		return refuse("", "%s is where a client keeps its state", quote(name))
	}
	return nil
}
