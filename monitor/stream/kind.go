package stream

import "github.com/pitboss-dev/pitboss/event"

// kinds finds a type's number. Every event is asked for, so it is a table of
// open places rather than a map: types differ in their length and in a few of
// their letters.
type kinds struct{ places [kindPlaces]kindPlace }

// kindPlaces is a power of two, and four times as many as there are types.
const kindPlaces = 4 * (maxTypes + 1)

type kindPlace struct {
	name event.Type // empty: nobody's
	kind uint8
}

func newKinds(names []event.Type) (k kinds) {
	for kind, name := range names {
		i := placeOf(name)
		for k.places[i].name != "" {
			i = (i + 1) % kindPlaces
		}
		k.places[i] = kindPlace{name, uint8(kind)}
	}
	return k
}

// of returns the type's kind, or otherKind.
func (k *kinds) of(name event.Type) uint8 {
	for i := placeOf(name); ; i = (i + 1) % kindPlaces {
		switch p := &k.places[i]; p.name {
		case "":
			return otherKind
		case name:
			return p.kind
		}
	}
}

func placeOf(name event.Type) uint {
	n := uint(len(name))
	if n < 6 {
		return n
	}
	return (n + uint(name[1]) + uint(name[5])*7 + uint(name[n-1])*5) % kindPlaces
}
