package route

import "sync/atomic"

// table finds entries by a hash, their tag: open addressing in groups of seven
// entries. A group is a line of the cache. It has a byte of mark for each of its
// entries, so that one word tells which of them are worth a look.
//
// Readers take no lock. One writer at a time inserts, replaces and removes in
// place, and swaps in other groups when these fill up. What makes that safe: an
// entry never changes its place, a group remembers that a probe has to go on
// beyond it, and a reader believes an entry only after it compared the entry
// itself. At most five in seven places are taken, and a quarter of the groups
// send probes on before an insert, so that every probe comes to an end.
type table[E any] struct {
	groups atomic.Pointer[[]group[E]]

	// The writer's alone:
	tags   [][perGroup]uint64 // of the entries
	live   int                // entries
	passed int                // groups that probes go beyond
}

const (
	perGroup  = 7
	minGroups = 2
)

type group[E any] struct {
	marks   atomic.Uint64 // a byte each; in the last one, whether probes go on
	entries [perGroup]atomic.Pointer[E]
}

const (
	free        = 0 // the mark of no entry
	goesOn word = 0x80 << (8 * perGroup)
)

// mark returns that of a tag, from other bits than those that choose the group.
func mark(tag uint64) byte { return byte(tag>>56) | 1 }

// groupOf returns the group in which a search for a tag begins.
func groupOf[E any](groups []group[E], tag uint64) *group[E] {
	return &groups[tag&uint64(len(groups)-1)]
}

// look marks those entries that the tag may be of, and goesOn; zero says that
// there is nothing to find.
func (g *group[E]) look(tag uint64) word {
	marks := word(g.marks.Load())
	return marks.equal(mark(tag)) | marks&goesOn
}

// first returns the first entry that look found. If it found none, any entry or
// nil comes back: that way a caller can load it before it knows, instead of
// waiting on a branch.
func (g *group[E]) first(found word) *E {
	return g.entries[min(found.first(), perGroup-1)].Load()
}

// lookUp returns the entry for a tag, or nil.
func lookUp[E any](groups []group[E], tag uint64, is func(*E) bool) *E {
	for at := tag; ; at++ {
		g := groupOf(groups, at)
		found := g.look(tag)
		for hits := found &^ goesOn; hits != 0; hits &= hits - 1 {
			if e := g.first(hits); e != nil && is(e) {
				return e
			}
		}
		if found&goesOn == 0 {
			return nil
		}
	}
}

func (t *table[E]) init() {
	groups := make([]group[E], minGroups)
	t.tags = make([][perGroup]uint64, minGroups)
	t.groups.Store(&groups)
}

// insert adds an entry that is not there. The caller holds the writer's lock.
func (t *table[E]) insert(tag uint64, e *E) {
	groups := *t.groups.Load()
	if 7*(t.live+1) > 5*perGroup*len(groups) || 4*t.passed > len(groups) {
		groups = t.resize()
	}
	t.place(groups, tag, e)
}

func (t *table[E]) place(groups []group[E], tag uint64, e *E) {
	for at := tag; ; at++ {
		g := groupOf(groups, at)
		marks := word(g.marks.Load())
		if i := marks.equal(free).first(); i < perGroup {
			t.tags[at&uint64(len(groups)-1)][i] = tag
			t.live++
			g.entries[i].Store(e)
			g.setMark(i, mark(tag))
			return
		}
		if marks&goesOn == 0 {
			g.marks.Store(uint64(marks | goesOn))
			t.passed++
		}
	}
}

func (g *group[E]) setMark(i int, mark byte) {
	g.marks.Store(g.marks.Load()&^(0xff<<(8*i)) | uint64(mark)<<(8*i))
}

// find returns the place of an entry that is there.
func (t *table[E]) find(tag uint64, e *E) (*group[E], int) {
	for at := tag; ; at++ {
		g := groupOf(*t.groups.Load(), at)
		for i := range g.entries {
			if g.entries[i].Load() == e {
				return g, i
			}
		}
	}
}

// replace puts an entry where another is. The caller holds the writer's lock.
func (t *table[E]) replace(tag uint64, old, successor *E) {
	g, i := t.find(tag, old)
	g.entries[i].Store(successor)
}

// remove takes an entry out. The caller holds the writer's lock.
func (t *table[E]) remove(tag uint64, e *E) {
	g, i := t.find(tag, e)
	g.setMark(i, free)
	g.entries[i].Store(nil)
	t.live--
	if n := len(*t.groups.Load()); n > minGroups && 16*t.live < perGroup*n {
		t.resize()
	}
}

// resize publishes groups that are a third to two thirds full.
func (t *table[E]) resize() []group[E] {
	old, tags, n := *t.groups.Load(), t.tags, minGroups
	for perGroup*n < 7*(t.live+1)/4 {
		n *= 2
	}
	next := make([]group[E], n)
	t.tags = make([][perGroup]uint64, n)
	t.live, t.passed = 0, 0
	for at := range old {
		for i := range perGroup {
			if e := old[at].entries[i].Load(); e != nil {
				t.place(next, tags[at][i], e)
			}
		}
	}
	t.groups.Store(&next)
	return next
}
