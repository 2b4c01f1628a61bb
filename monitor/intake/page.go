package intake

import "github.com/pitboss-dev/pitboss/room"

// pageNotes is how many notes a page has at the most.
const pageNotes = 16

// Page is some commits of one room, in order, as observers take them in: what is
// known of the room is looked up, and brought into the cache, once for all.
type Page struct {
	Room     string
	GameName string
	// Words tells what the numbers in the notes stand for.
	Words *Words

	count   int
	notes   [pageNotes]Note
	commits [pageNotes]*room.Commit
}

// Notes are one for each commit, in order.
func (p *Page) Notes() []Note { return p.notes[:p.count] }

// Commit returns the commit of a note.
func (p *Page) Commit(i int) *room.Commit { return p.commits[i] }

func (p *Page) add(e *entry) {
	p.notes[p.count], p.commits[p.count] = e.note, e.commit
	p.count++
}

// reset empties the page.
func (p *Page) reset() {
	clear(p.commits[:p.count])
	p.count = 0
}

// book sorts notes by their rooms.
type book struct {
	pages [256]*Page // by [hash]
	begun []*Page    // those with notes
}

// add puts a note on its room's page. One that is full, or another room's, is
// taken in first.
func (b *book) add(e *entry, take func(*Page)) {
	at := &b.pages[hash(e.room)%uint(len(b.pages))]
	if *at == nil {
		*at = new(Page)
	}
	p := *at
	switch {
	case p.count == 0:
		b.begun = append(b.begun, p)
		p.Room, p.GameName = e.room, e.commit.GameName
	case p.count == pageNotes || p.Room != e.room:
		take(p)
		p.reset()
		p.Room, p.GameName = e.room, e.commit.GameName
	}
	p.add(e)
}

// close takes in all that is left.
func (b *book) close(take func(*Page)) {
	for _, p := range b.begun {
		take(p)
		p.reset()
	}
	b.begun = b.begun[:0]
}

// hash tells rooms apart by their ID's last characters: digits that count, or
// random letters.
func hash(id string) (h uint) {
	for i := max(len(id)-3, 0); i < len(id); i++ {
		h = h*10 + uint(id[i]&15)
	}
	return h
}
