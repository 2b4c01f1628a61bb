//go:build !unix

package natsqueue

import "os"

// lockFile does nothing where there are no advisory locks: see to it yourself
// that one process has the folder.
func lockFile(*os.File) error { return nil }

// freeSpace cannot be asked here; it counts as plenty.
func freeSpace(string) (int64, error) { return 4 << 30, nil }
