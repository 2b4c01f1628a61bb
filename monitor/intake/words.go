package intake

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss/room"
)

// ActionID stands for an action in a [Note]. IDs count from 1, so that they can be
// places in a list; zero is none.
type ActionID uint16

// ChangeID stands for a change of state in the same way.
type ChangeID uint16

// Action is what players of a kind can do.
type Action struct {
	Name string
	By   room.PlayerType
}

// Change is a change of a game's state.
type Change struct{ From, To string }

// maxWords bounds the actions, and the changes, that have a number. Rules have a
// dozen; commits with words of those that make them up as they go are taken
// whole.
const maxWords = 256

// Words are the names that numbers stand for. They are immutable.
type Words struct {
	actions []Action
	changes []Change
}

// Action returns what a number of a note stands for.
func (w *Words) Action(id ActionID) Action { return w.actions[id-1] }

// Change returns what a number of a note stands for.
func (w *Words) Change(id ChangeID) Change { return w.changes[id-1] }

// vocabulary learns words. The zero value knows none.
type vocabulary struct {
	known atomic.Pointer[Words] // nil: none
	mu    sync.Mutex            // one learns at a time
}

var noWords Words

func (v *vocabulary) words() *Words {
	if w := v.known.Load(); w != nil {
		return w
	}
	return &noWords
}

// action returns the number of an action, or zero if it can have none. There are
// few, and they mostly differ in their length: looking through them is quicker
// than a map.
func (v *vocabulary) action(name string, by room.PlayerType) ActionID {
	w := v.words()
	for i := range w.actions {
		if a := &w.actions[i]; a.Name == name && a.By == by {
			return ActionID(i + 1)
		}
	}
	if name == "" || len(w.actions) >= maxWords {
		return 0
	}
	v.learn(func(w *Words) { w.actions = appended(w.actions, Action{name, by}) })
	return v.action(name, by)
}

// change returns the number of a change, or zero if it can have none.
func (v *vocabulary) change(from, to string) ChangeID {
	w := v.words()
	for i := range w.changes {
		if c := &w.changes[i]; c.To == to && c.From == from {
			return ChangeID(i + 1)
		}
	}
	if from == "" || len(w.changes) >= maxWords {
		return 0
	}
	v.learn(func(w *Words) { w.changes = appended(w.changes, Change{from, to}) })
	return v.change(from, to)
}

func (v *vocabulary) learn(add func(*Words)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	more := *v.words()
	add(&more)
	v.known.Store(&more)
}

// appended returns a list with the word too, at its end. Others may still read
// the list that it was.
func appended[T comparable](list []T, word T) []T {
	for _, known := range list {
		if known == word || len(list) >= maxWords {
			return list // somebody else was quicker
		}
	}
	return append(slices.Clip(list), word)
}
