package natsqueue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pitboss-dev/pitboss"
)

// The faults of a store, told apart with errors.Is.
var (
	// ErrInUse: another process has the folder.
	ErrInUse = errors.New("in use by another process")
	// ErrNoSpace: the disk is full, or nearly so.
	ErrNoSpace = errors.New("too little disk space")
	// ErrUnreachable: no server answers.
	ErrUnreachable = errors.New("store unreachable")
	// ErrFenced is [pitboss.ErrFenced]: somebody else has written to the log.
	ErrFenced = pitboss.ErrFenced
	// ErrCorrupt: what is in the store is not what was written.
	ErrCorrupt = errors.New("store is corrupt")
)

// FolderError says why a data folder cannot be used. It matches its cause:
// [ErrInUse], or that of the file system.
type FolderError struct {
	Folder string
	Hint   string // what to do
	Cause  error
}

// Error names the folder and says what to do.
func (e *FolderError) Error() string {
	return fmt.Sprintf("data folder %s: %v; %s", e.Folder, e.Cause, e.Hint)
}

// Unwrap returns the cause.
func (e *FolderError) Unwrap() error { return e.Cause }

// folderLock is held for as long as the folder is used. The system frees it
// with the process, however that ends.
type folderLock struct {
	folder string
	file   *os.File
}

const lockName = "pitboss.lock"

func lockFolder(folder string) (*folderLock, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, &FolderError{folder, "choose a folder that can be made", err}
	}
	file, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, &FolderError{folder, "choose a folder that can be written to", err}
	}
	if err := lockFile(file); err != nil {
		hint := "stop the process that uses it, or choose another folder"
		if pid := make([]byte, 20); errors.Is(err, ErrInUse) {
			switch n, _ := file.ReadAt(pid, 0); {
			case string(pid[:n]) == strconv.Itoa(os.Getpid()):
				hint = "that is this process: stop the server that it started there, or choose another folder"
			case n > 0:
				hint = "stop process " + string(pid[:n]) + ", or choose another folder"
			}
		}
		return nil, &FolderError{folder, hint, errors.Join(err, file.Close())}
	}
	l := &folderLock{folder, file}
	// The server finds out late and says little when it cannot write.
	if err := l.probe(); err != nil {
		return nil, errors.Join(&FolderError{folder, "choose a folder that can be written to", err}, l.release())
	}
	return l, nil
}

// probe writes the process's ID into the lock, for whoever finds it held, and
// makes a folder as the server will.
func (l *folderLock) probe() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	if _, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0); err != nil {
		return err
	}
	return l.writable()
}

// writable makes a folder within the folder, and removes it.
func (l *folderLock) writable() error {
	probe, err := os.MkdirTemp(l.folder, "probe")
	if err != nil {
		return err
	}
	return os.Remove(probe)
}

// check reports whether the folder is still the one that was locked.
func (l *folderLock) check() error {
	held, err := l.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(l.file.Name())
	if err == nil && !os.SameFile(held, there) {
		err = errors.New("the folder was replaced")
	}
	if err != nil {
		return &FolderError{l.folder, "put it back and restart", err}
	}
	return nil
}

func (l *folderLock) release() error { return l.file.Close() }
