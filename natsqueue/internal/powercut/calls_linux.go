package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// descriptor is an open file or folder of ours.
type descriptor struct {
	node   *node
	path   string
	always bool // opened with O_SYNC: each write is synced
}

// call is a system call that is under way.
type call struct {
	number uint64
	args   [6]uint64

	file  *descriptor // that it is about, if that is open
	mark  int         // of a sync
	begin time.Time   // likewise
}

// systemCall follows a thread into a system call, or out of it.
func (p *Process) systemCall(tid int, t *thread) error {
	s, err := where(tid)
	if err != nil {
		return err
	}
	switch s.op {
	case atEntry:
		t.call = call{number: s.numbers[0], args: [6]uint64(s.numbers[1:])}
		t.inside, err = p.enter(&t.call)
		return err
	case atExit:
		if !t.inside {
			return nil
		}
		t.inside = false
		if result, failed := int64(s.numbers[0]), s.numbers[1]&0xff != 0; !failed {
			return p.leave(&t.call, int(result))
		}
	}
	return nil
}

// enter says whether a system call is to be followed.
func (p *Process) enter(c *call) (bool, error) {
	c.file = p.open[int(int32(c.args[0]))]
	switch c.number {
	case unix.SYS_OPENAT, unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		c.file = nil
		return true, nil
	case unix.SYS_CLOSE:
		// From here on the number may be given to another file.
		delete(p.open, int(int32(c.args[0])))
		return false, nil
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FTRUNCATE:
		return c.file != nil, nil
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		if c.file == nil {
			return false, nil
		}
		c.mark, c.begin = c.file.node.mark(), time.Now()
		return true, nil
	case unix.SYS_MMAP:
		if c.file = p.open[int(int32(c.args[4]))]; c.args[2]&unix.PROT_WRITE == 0 || c.args[3]&unix.MAP_SHARED == 0 {
			return false, nil
		}
	case unix.SYS_COPY_FILE_RANGE, unix.SYS_SPLICE:
		c.file = p.open[int(int32(c.args[2]))]
	case unix.SYS_FCNTL:
		if c.args[1] != unix.F_DUPFD && c.args[1] != unix.F_DUPFD_CLOEXEC {
			return false, nil
		}
	case unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_SENDFILE, unix.SYS_FALLOCATE, unix.SYS_DUP, unix.SYS_DUP3:
	case unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_TRUNCATE, unix.SYS_IO_URING_SETUP, unix.SYS_SYNC, unix.SYS_SYNCFS:
		return false, fmt.Errorf("system call %d is not part of the model", c.number)
	default:
		return false, nil
	}
	if c.file != nil {
		return false, fmt.Errorf("system call %d on %s is not part of the model", c.number, c.file.path)
	}
	return false, nil
}

// leave notes what a system call has done.
func (p *Process) leave(c *call, result int) error {
	switch c.number {
	case unix.SYS_OPENAT:
		return p.opened(c, result)
	case unix.SYS_MKDIRAT:
		return p.at(c.args[0], c.args[1], func(parent *node, name, _ string) error {
			parent.rename(naming{name, newFolder(os.FileMode(c.args[2]) & os.ModePerm)})
			return nil
		})
	case unix.SYS_UNLINKAT:
		return p.at(c.args[0], c.args[1], func(parent *node, name, _ string) error {
			parent.rename(naming{name, nil})
			return nil
		})
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return p.renamed(c)
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		return p.written(c, result)
	case unix.SYS_FTRUNCATE:
		c.file.node.resize(int64(c.args[1]))
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		p.sync(c.file, c.mark)
		p.mu.Lock()
		defer p.mu.Unlock()
		if c.begin.After(p.synced) {
			p.synced = c.begin
		}
	}
	return nil
}

func (p *Process) opened(c *call, fd int) error {
	flags := c.args[2]
	return p.at(c.args[0], c.args[1], func(parent *node, name, path string) error {
		n := p.disk.root
		if parent != nil {
			if n = parent.seen[name]; n == nil {
				if flags&unix.O_CREAT == 0 {
					return fmt.Errorf("open %s: it is not known", path)
				}
				n = &node{mode: os.FileMode(c.args[3]) & os.ModePerm}
				parent.rename(naming{name, n})
			}
		}
		if flags&unix.O_TRUNC != 0 {
			n.resize(0)
		}
		if flags&unix.O_APPEND != 0 {
			return fmt.Errorf("open %s: appending is not part of the model", path)
		}
		p.open[fd] = &descriptor{n, path, flags&unix.O_DSYNC != 0}
		return nil
	})
}

func (p *Process) renamed(c *call) error {
	var from *node
	var was, old string
	err := p.at(c.args[0], c.args[1], func(parent *node, name, path string) error {
		from, was, old = parent, name, path
		return nil
	})
	if err != nil {
		return err
	}
	inside := false
	err = p.at(c.args[2], c.args[3], func(to *node, name, path string) error {
		inside = true
		switch {
		case to == nil || to != from:
			return fmt.Errorf("rename %s to %s: between folders is not part of the model", old, path)
		case from.seen[was] == nil:
			return fmt.Errorf("rename %s: it is not known", old)
		case c.number == unix.SYS_RENAMEAT2 && c.args[4]&^unix.RENAME_NOREPLACE != 0:
			return fmt.Errorf("rename %s: flags %d are not part of the model", old, c.args[4])
		}
		from.rename(naming{name, from.seen[was]}, naming{was, nil})
		return nil
	})
	if err == nil && from != nil && !inside {
		return fmt.Errorf("rename %s: out of the folder is not part of the model", old)
	}
	return err
}

func (p *Process) written(c *call, size int) error {
	data, err := memory(p.pid, c.args[1], size)
	if err != nil || size == 0 {
		return err
	}
	offset := int64(c.args[3])
	if c.number == unix.SYS_WRITE {
		if offset, err = position(p.pid, int(int32(c.args[0]))); err != nil {
			return err
		}
		offset -= int64(size)
	}
	c.file.node.write(offset, data)
	if c.file.always {
		p.sync(c.file, c.file.node.mark())
	}
	return nil
}

// sync believes the disk, unless that lies.
func (p *Process) sync(d *descriptor, mark int) {
	if p.lies == nil || !p.lies(d.path) {
		d.node.sync(mark)
	}
}

// at calls each with the folder and the name that a path leads to, if that is
// ours, and with the path below the root; with no folder for the root itself.
func (p *Process) at(folder, name uint64, each func(parent *node, name, path string) error) error {
	path, err := text(p.pid, name)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(path) {
		link := fmt.Sprintf("/proc/%d/cwd", p.pid)
		if fd := int(int32(folder)); fd != unix.AT_FDCWD {
			link = fmt.Sprintf("/proc/%d/fd/%d", p.pid, fd)
		}
		base, err := os.Readlink(link)
		if err != nil {
			return err
		}
		path = filepath.Join(base, path)
	}
	below, inside := strings.CutPrefix(filepath.Clean(path), p.root)
	switch {
	case inside && below == "":
		return each(nil, "", "")
	case !inside || below[0] != filepath.Separator:
		return nil
	}
	below = below[1:]
	parent, parts := p.disk.root, strings.Split(below, string(filepath.Separator))
	for _, part := range parts[:len(parts)-1] {
		if parent = parent.seen[part]; parent == nil || !parent.folder {
			return fmt.Errorf("%s: its folder is not known", below)
		}
	}
	return each(parent, parts[len(parts)-1], below)
}
