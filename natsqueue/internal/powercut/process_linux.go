package powercut

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Command is a process whose writes are followed. Folder and Args are required.
// It may have threads, but no children that write.
type Command struct {
	Folder string // exists, and holds what was synced before
	Args   []string
	Env    []string // nil: the caller's
	Stdout *os.File // nil: discarded
	Stderr *os.File // nil: the caller's

	// Lies says of a file or folder, by its path below Folder, that its disk
	// only claims to sync it. Nil: none does.
	Lies func(path string) bool
}

// Process is one that was started. Its methods are safe for concurrent use.
type Process struct {
	pid   int
	ended chan struct{}

	// The tracer's until it has ended.
	disk    Disk
	fault   error
	status  unix.WaitStatus
	root    string
	lies    func(string) bool
	open    map[int]*descriptor
	threads map[int]*thread

	mu     sync.Mutex
	synced time.Time
}

// Start starts a process. It fails where the system does not let processes be
// traced.
func Start(c Command) (*Process, error) {
	root, err := filepath.EvalSymlinks(c.Folder)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	tree, err := scan(root)
	if err != nil {
		return nil, err
	}
	if c.Env == nil {
		c.Env = os.Environ()
	}
	p := &Process{
		ended: make(chan struct{}), disk: Disk{tree}, root: root, lies: c.Lies,
		open: make(map[int]*descriptor), threads: make(map[int]*thread),
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: a process is traced by one thread
		defer close(p.ended)
		err := p.start(&c)
		started <- err
		if err == nil {
			p.trace()
		}
	}()
	return p, <-started
}

// start leaves the process stopped before its first instruction.
func (p *Process) start(c *Command) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	files := []uintptr{null.Fd(), null.Fd(), os.Stderr.Fd()}
	if c.Stdout != nil {
		files[1] = c.Stdout.Fd()
	}
	if c.Stderr != nil {
		files[2] = c.Stderr.Fd()
	}
	if p.pid, err = forkTraced(c.Args, c.Env, files); err != nil {
		return fmt.Errorf("start %s: %w", c.Args[0], err)
	}
	var status unix.WaitStatus
	if _, err = unix.Wait4(p.pid, &status, unix.WALL, nil); err == nil {
		err = unix.PtraceSetOptions(p.pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL)
	}
	if err == nil {
		err = unix.PtraceSyscall(p.pid, 0)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("trace %s: %w; the system must allow ptrace", c.Args[0], err), unix.Kill(p.pid, unix.SIGKILL))
	}
	p.threads[p.pid] = new(thread)
	return nil
}

// Kill ends the process at once, as the power's failure does.
func (p *Process) Kill() error {
	select {
	case <-p.ended:
		return nil
	default:
		return unix.Kill(p.pid, unix.SIGKILL)
	}
}

// Synced is when the last sync of a file began that has been completed; zero
// for never.
func (p *Process) Synced() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.synced
}

// Wait waits until the process has been killed, and returns its disk as that was
// then. It fails when the process ended by itself, or did what cannot be followed.
func (p *Process) Wait() (*Disk, error) {
	<-p.ended
	switch {
	case p.fault != nil:
		return nil, p.fault
	case !p.status.Signaled() || p.status.Signal() != unix.SIGKILL:
		return nil, fmt.Errorf("the process ended by itself: exit status %d, signal %d", p.status.ExitStatus(), p.status.Signal())
	}
	return &p.disk, nil
}

// thread is a thread of the process.
type thread struct {
	inside bool // a system call that is followed
	call   call
}

// trace follows the process until it has ended.
func (p *Process) trace() {
	for {
		var status unix.WaitStatus
		// Children of the caller's other threads are not ours.
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			p.fail(fmt.Errorf("wait: %w", err))
			return
		}
		if status.Exited() || status.Signaled() {
			delete(p.threads, tid)
			if tid == p.pid { // the last one to be told of
				p.status = status
				return
			}
			continue
		}
		pass := p.stopped(tid, status)
		if err := unix.PtraceSyscall(tid, int(pass)); err != nil && !errors.Is(err, unix.ESRCH) {
			p.fail(fmt.Errorf("continue: %w", err))
		}
	}
}

// stopped acts upon a thread's stop, and returns the signal to go on with.
func (p *Process) stopped(tid int, status unix.WaitStatus) unix.Signal {
	t, known := p.threads[tid]
	if !known {
		t = new(thread)
		p.threads[tid] = t
	}
	switch signal := status.StopSignal(); {
	case signal == unix.SIGTRAP|0x80:
		if err := p.systemCall(tid, t); err != nil && !errors.Is(err, unix.ESRCH) { // which says that it was killed
			p.fail(err)
		}
		return 0
	case signal == unix.SIGTRAP, signal == unix.SIGSTOP && !known:
		return 0 // tells of a new thread, or is its first stop
	default:
		return signal
	}
}

// fail gives up: what cannot be followed would make everything after it wrong.
func (p *Process) fail(err error) {
	if p.fault == nil {
		p.fault = fmt.Errorf("follow the process: %w", err)
	}
	_ = unix.Kill(p.pid, unix.SIGKILL) // it may be dead already
}
