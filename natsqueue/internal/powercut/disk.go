package powercut

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Disk is a folder, as the process sees it and as it is on the disk. It is not
// safe for concurrent use: ask it once the process has ended.
type Disk struct {
	root *node
}

// node is a file or a folder. It has no name; its folders know that.
type node struct {
	folder bool
	mode   os.FileMode

	data  []byte           // of a file, on the disk
	names map[string]*node // of a folder, on the disk
	seen  map[string]*node // of a folder, as processes see it

	cached []change // not yet on the disk, oldest first
	synced int      // how many changes before those are
}

// change is one to a file's bytes or to a folder's names.
type change struct {
	// To a file: bytes at an offset, or a new size where bytes is nil.
	offset int64
	bytes  []byte
	// To a folder: all at once.
	names []naming
}

// naming gives a name to a node, or takes it away where that is nil.
type naming struct {
	name string
	node *node
}

func newFolder(mode os.FileMode) *node {
	return &node{folder: true, mode: mode, names: make(map[string]*node), seen: make(map[string]*node)}
}

// scan reads a folder, all of which counts as synced.
func scan(path string) (*node, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is neither a file nor a folder", path)
		}
		data, err := os.ReadFile(path)
		return &node{mode: info.Mode().Perm(), data: data}, err
	}
	n := newFolder(info.Mode().Perm())
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		below, err := scan(filepath.Join(path, entry.Name()))
		if err != nil {
			return nil, err
		}
		n.names[entry.Name()], n.seen[entry.Name()] = below, below
	}
	return n, nil
}

// write notes bytes that were written.
func (n *node) write(offset int64, bytes []byte) {
	n.cached = append(n.cached, change{offset: offset, bytes: bytes})
}

// resize notes a new size.
func (n *node) resize(size int64) { n.cached = append(n.cached, change{offset: size}) }

// rename notes changes of names that happen at once.
func (n *node) rename(names ...naming) {
	for _, to := range names {
		if to.node == nil {
			delete(n.seen, to.name)
		} else {
			n.seen[to.name] = to.node
		}
	}
	n.cached = append(n.cached, change{names: names})
}

// mark is what [node.sync] takes for what was written until now.
func (n *node) mark() int { return n.synced + len(n.cached) }

// sync puts on the disk what was written before the mark was taken.
func (n *node) sync(mark int) {
	for n.synced < mark {
		n.apply(&n.cached[0])
		n.cached[0] = change{}
		n.cached = n.cached[1:]
		n.synced++
	}
}

// apply makes a change on the disk.
func (n *node) apply(c *change) {
	switch {
	case n.folder:
		for _, to := range c.names {
			if to.node == nil {
				delete(n.names, to.name)
			} else {
				n.names[to.name] = to.node
			}
		}
	case c.bytes == nil:
		n.grow(c.offset)
		n.data = n.data[:c.offset]
	default:
		n.grow(c.offset + int64(len(c.bytes)))
		copy(n.data[c.offset:], c.bytes)
	}
}

// grow fills a file up with zeros.
func (n *node) grow(size int64) {
	if missing := size - int64(len(n.data)); missing > 0 {
		n.data = append(n.data, make([]byte, missing)...)
	}
}

// Survival says what a power failure leaves of what was not synced.
type Survival func(n *node) []change

// Lost leaves nothing of it.
func Lost() Survival { return func(*node) []change { return nil } }

// sector is as much as a disk writes at once.
const sector = 512

// Torn leaves a random part of it.
func Torn(r *rand.Rand) Survival {
	return func(n *node) []change {
		if n.folder {
			return n.cached[:r.IntN(len(n.cached)+1)]
		}
		var left []change
		for _, c := range n.cached {
			switch {
			case r.IntN(2) == 0:
				continue
			case c.bytes != nil && r.IntN(4) == 0:
				c.bytes = c.bytes[:min(len(c.bytes), r.IntN(len(c.bytes)/sector+1)*sector)]
			}
			left = append(left, c)
		}
		return left
	}
}

// Restore makes the folder at path, which must not exist, as the disk would have
// it after a power failure.
func (d *Disk) Restore(path string, survives Survival) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore to %s: it must not exist (%w)", path, err)
	}
	return d.root.restore(path, survives)
}

func (n *node) restore(path string, survives Survival) error {
	left := &node{folder: n.folder, data: slices.Clone(n.data), names: maps.Clone(n.names)}
	for _, c := range survives(n) {
		left.apply(&c)
	}
	if !n.folder {
		return os.WriteFile(path, left.data, n.mode)
	}
	if err := os.Mkdir(path, n.mode); err != nil {
		return err
	}
	for name, below := range left.names {
		if err := below.restore(filepath.Join(path, name), survives); err != nil {
			return err
		}
	}
	return nil
}

// Unsynced is how many changes are not on the disk.
func (d *Disk) Unsynced() int {
	n := 0
	for below := range d.root.all() {
		n += len(below.cached)
	}
	return n
}

// all yields a node and what is below it, as processes see it.
func (n *node) all() func(func(*node) bool) {
	return func(yield func(*node) bool) { n.each(yield) }
}

func (n *node) each(yield func(*node) bool) bool {
	if !yield(n) {
		return false
	}
	for _, below := range n.seen {
		if !below.each(yield) {
			return false
		}
	}
	return true
}
