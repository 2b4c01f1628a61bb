package powercut

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forkTraced starts a process that stops before its first instruction, traced
// by the calling thread.
func forkTraced(args, env []string, files []uintptr) (pid int, err error) {
	attr := &syscall.ProcAttr{Env: env, Files: files, Sys: &syscall.SysProcAttr{Ptrace: true}}
	return syscall.ForkExec(args[0], args, attr) //nolint:gosec // the test says what to run
}

// Where a thread has stopped.
const (
	atEntry = 1
	atExit  = 2
)

// stop is ptrace_syscall_info of linux/ptrace.h; at an exit, the first two
// numbers are the result and whether it is an error.
type stop struct {
	op      uint8
	_       [3]uint8
	_       uint32 // architecture
	_, _    uint64 // instruction and stack pointer
	numbers [7]uint64
}

// where asks where a thread has stopped.
func where(tid int) (*stop, error) {
	var s stop
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid),
		unsafe.Sizeof(s), uintptr(unsafe.Pointer(&s)), 0, 0) //nolint:gosec // the kernel writes into it
	if errno != 0 {
		return nil, fmt.Errorf("ask for a system call: %w", errno)
	}
	return &s, nil
}

// memory reads from a process's memory.
func memory(pid int, at uint64, size int) ([]byte, error) {
	b := make([]byte, size)
	if size == 0 {
		return b, nil
	}
	local := []unix.Iovec{{Base: &b[0]}}
	local[0].SetLen(size)
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(at), Len: size}}, 0)
	if err == nil && n < size {
		err = unix.EFAULT
	}
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	return b, nil
}

// text reads a string that ends with a zero, page by page: the next one may not
// be there.
func text(pid int, at uint64) (string, error) {
	page := uint64(os.Getpagesize())
	var all []byte
	for len(all) < unix.PathMax {
		part, err := memory(pid, at, int(page-at%page))
		if err != nil {
			return "", err
		}
		last, _, found := bytes.Cut(part, []byte{0})
		all = append(all, last...)
		if found {
			return string(all), nil
		}
		at += uint64(len(part))
	}
	return "", unix.ENAMETOOLONG
}

// position is where a descriptor reads and writes next.
func position(pid, fd int) (int64, error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(info), "\n")
	return strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(first, "pos:")), 10, 64)
}
