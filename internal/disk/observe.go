package disk

// Op is a kind of call that changes what is on disk.
type Op int

// The calls that an observer is asked about.
const (
	OpMakeFolder  Op = iota + 1
	OpCreate         // of a temporary file
	OpWrite          // one vectored write
	OpSync           // of a file's data
	OpSyncAll        // of the whole file system that a folder lies on
	OpRename         // of a temporary file to its final name
	OpSyncFolder     // of the names in a folder
	OpStateWrite     // of a state file under a temporary name
	OpStateSync      // of its data
	OpStateRename    // to its name
	OpRemove         // of an empty folder or temporary file that was made in vain
)

// Observer is asked before each call that changes what is on disk, with the path the call is about. An error takes the
// place of the call. It is for tests of slow and failing disks, of kills and of power cuts.
type Observer func(op Op, path string) error

func (o Observer) before(op Op, path string) error {
	if o == nil {
		return nil
	}
	return o(op, path)
}
