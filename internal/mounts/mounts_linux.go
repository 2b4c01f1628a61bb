// Package mounts gives tests file systems of their own: small ones, to be filled
// up, and read-only ones.
package mounts

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// inside tells the process that is started.
const inside = "PITBOSS_TEST_OWN_MOUNTS"

// Own runs the test again in a process of its own, whose mounts nobody else sees
// and nobody has to undo, and says whether this is that process: if not, the test
// is over. Without privileges that process is root of a user namespace. The test
// fails where the system does not allow that.
func Own(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec // ourselves
	c.Env = append(os.Environ(), inside+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("in a process with mounts of its own, which the system must allow: %v\n%s", err, out)
	}
	return false
}

// Disk mounts an empty file system of so many MiB, and returns where.
func Disk(t *testing.T, size int) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm", size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// Shrink leaves a file system of [Disk] so many bytes to be written.
func Shrink(t *testing.T, folder string, free int64) {
	t.Helper()
	var err error
	for range 100 { // it fails when somebody has written in the meantime
		var s syscall.Statfs_t
		if err = syscall.Statfs(folder, &s); err == nil {
			err = resize(folder, int64(s.Blocks-s.Bfree)*s.Bsize+free)
		}
		if !errors.Is(err, syscall.EINVAL) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Grow gives a file system of [Disk] so many MiB in all.
func Grow(t *testing.T, folder string, size int) {
	t.Helper()
	if err := resize(folder, int64(size)<<20); err != nil {
		t.Fatal(err)
	}
}

func resize(folder string, bytes int64) error {
	return syscall.Mount("", folder, "", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", bytes))
}

// ReadOnly makes a file system refuse writes.
func ReadOnly(t *testing.T, folder string) {
	t.Helper()
	if err := syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}
