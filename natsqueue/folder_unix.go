//go:build unix

package natsqueue

import (
	"errors"
	"os"
	"syscall"
)

func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

// readOnly is the flag of a file system that takes no writes, which Linux and
// the BSDs have in common.
const readOnly = 1

// freeSpace is what an ordinary user may still write, in bytes.
func freeSpace(folder string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, &FolderError{folder, "put it back and restart", err}
	}
	if s.Flags&readOnly != 0 {
		return 0, &FolderError{folder, "let it be written to", syscall.EROFS}
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
