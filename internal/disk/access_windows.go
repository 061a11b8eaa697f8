package disk

import "os"

// mayCreate tells whether there is a folder to create files in; whether this user may, only trying would tell here.
func mayCreate(path string) error {
	_, err := os.Stat(path)
	return err
}
