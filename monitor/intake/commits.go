package intake

import "github.com/pitboss-dev/pitboss/room"

// Commits is an intake of what rooms did, for one observer or for several who
// are content with one lock. It is a [room.Observer], and a [sync.Locker] for
// those who look.
type Commits struct {
	in     *Intake[entry]
	words  vocabulary
	book   book
	takers []func(*Page)
}

// entry is a note on its way to its room's page. That needs no look at the
// commit, which is in no cache any more.
type entry struct {
	note   Note
	room   string
	commit *room.Commit
}

var _ room.Observer = (*Commits)(nil)

// NewCommits returns one that nobody takes from.
func NewCommits() *Commits {
	c := new(Commits)
	c.in = New(c.sort)
	return c
}

// Take has take called with all commits from now on, some of one room at a time
// and in the order of each room, with the intake locked. It must be called before
// the first commit. The page is take's own until it returns.
func (c *Commits) Take(take func(*Page)) { c.takers = append(c.takers, take) }

// Observe implements [room.Observer].
func (c *Commits) Observe(commit *room.Commit) {
	e := entry{room: commit.Room, commit: commit}
	e.note.read(commit, &c.words)
	c.in.AddInOrder(hash(e.room), &e)
}

// sort takes in a batch by the room.
func (c *Commits) sort(entries []entry) {
	for i := range entries {
		c.book.add(&entries[i], c.take)
	}
	c.book.close(c.take)
}

func (c *Commits) take(p *Page) {
	p.Words = c.words.words()
	for _, take := range c.takers {
		take(p)
	}
}

// Lock locks what is counted, when all that came before has been taken in.
func (c *Commits) Lock() { c.in.Lock() }

// Unlock ends what Lock began.
func (c *Commits) Unlock() { c.in.Unlock() }
