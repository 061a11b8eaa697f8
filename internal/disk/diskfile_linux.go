package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// diskFile is an open file as a bare descriptor. An os.File costs five more calls to the system for each file
// that is opened, which counts where files are small and many.
type diskFile struct{ fd int }

// createFile makes a file that must not exist.
func (d *folder) createFile(name string) (diskFile, error) {
	return openAt(d, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
}

// openPart opens a file to be read and written. A symbolic link is refused.
func (d *folder) openPart(name string) (diskFile, error) {
	return openAt(d, name, unix.O_RDWR)
}

// openFinal opens a file to be read. A symbolic link is followed unless it leads outside.
func (d *folder) openFinal(name string) (diskFile, error) {
	f, err := openAt(d, name, unix.O_RDONLY)
	if !errors.Is(err, unix.ELOOP) {
		return f, err
	}
	o, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return diskFile{}, err
	}
	defer o.Close()
	fd, err := unix.FcntlInt(o.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	return diskFile{fd}, err
}

// openAt opens one name in a folder. Whatever lies there, it does not wait: a pipe would.
func openAt(d *folder, name string, flags int) (diskFile, error) {
	for {
		fd, err := unix.Openat(int(d.dir.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o666)
		if !errors.Is(err, unix.EINTR) {
			return diskFile{fd}, err
		}
	}
}

// openPath opens a file to be read, through links of the user's own.
func openPath(path string) (diskFile, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if !errors.Is(err, unix.EINTR) {
			return diskFile{fd}, err
		}
	}
}

func (f diskFile) close() { _ = unix.Close(f.fd) }

// stream gives an os.File in the place of f.
func (f diskFile) stream(name string) *os.File { return os.NewFile(uintptr(f.fd), name) }

// look tells how an open file looks.
func (f diskFile) look() (sight, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return sight{}, err
	}
	return sightOf(&st), nil
}

// lookAt tells how what lies under a name looks; a link is a link.
func (d *folder) lookAt(name string) (sight, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(d.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return sight{}, err
	}
	return sightOf(&st), nil
}

func sightOf(st *unix.Stat_t) sight {
	s := sight{rec: record{size: st.Size, mtime: st.Mtim.Nano(), inode: st.Ino}, unlinked: st.Nlink == 0, kind: otherKind,
		stored: int64(st.Blocks) * statBlock}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		s.kind = regularFile
	case unix.S_IFDIR:
		s.kind = aFolder
	case unix.S_IFLNK:
		s.kind = aLink
	}
	return s
}

// free is how many bytes the file system of an open file has left for this user.
func (f diskFile) free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(f.fd, &st); err != nil {
		return 0, err
	}
	return roomOf(&st).free, nil
}

// sync brings data and size to disk.
func (f diskFile) sync(bool) error {
	for {
		err := unix.Fdatasync(f.fd)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// startWriteback has the system begin to write a file's dirty pages, without waiting for it.
func (f diskFile) startWriteback() {
	// It is advice: where it fails, the sync at the end does the work.
	_ = unix.SyncFileRange(f.fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
