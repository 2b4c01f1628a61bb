package rules

import "fmt"

// Kind is a kind of piece: a name and a colour. Its value is its points, so
// kinds compare by strength. The zero value is no kind.
type Kind uint8

// The kinds, weakest first.
const (
	SoldierBlack Kind = iota + 1
	SoldierRed
	CannonBlack
	CannonRed
	HorseBlack
	HorseRed
	ChariotBlack
	ChariotRed
	ElephantBlack
	ElephantRed
	AdvisorBlack
	AdvisorRed
	GeneralBlack
	GeneralRed
)

// KindCount is the number of kinds.
const KindCount = int(GeneralRed)

// Name is the name of a piece, without its colour.
type Name uint8

// The names, weakest first.
const (
	Soldier Name = iota
	Cannon
	Horse
	Chariot
	Elephant
	Advisor
	General
)

// Colour is the side that a piece belongs to. Red is one point stronger.
type Colour uint8

// The two colours.
const (
	Black Colour = iota
	Red
)

var (
	nameTexts   = [...]string{"SOLDIER", "CANNON", "HORSE", "CHARIOT", "ELEPHANT", "ADVISOR", "GENERAL"}
	colourTexts = [...]string{"BLACK", "RED"}
	nameCopies  = [...]int{5, 2, 2, 2, 2, 2, 1}
	kindTexts   = spellKinds()
)

func spellKinds() (texts [KindCount + 1]string) {
	for kind := SoldierBlack; kind <= GeneralRed; kind++ {
		texts[kind] = kind.Name().String() + "_" + kind.Colour().String()
	}
	return texts
}

// KindOf returns the kind with this name and colour.
func KindOf(name Name, colour Colour) Kind { return Kind(name)*2 + Kind(colour) + 1 }

// Valid reports whether k is one of the fourteen kinds.
func (k Kind) Valid() bool { return k >= SoldierBlack && k <= GeneralRed }

// Points is the piece's strength, 1 to 14.
func (k Kind) Points() int { return int(k) }

// Name returns the kind's name. It is meaningful for valid kinds only.
func (k Kind) Name() Name { return Name((k - 1) / 2) }

// Colour returns the kind's colour. It is meaningful for valid kinds only.
func (k Kind) Colour() Colour { return Colour((k - 1) % 2) }

// Copies is how many pieces of this kind the deck holds; 0 for no kind.
func (k Kind) Copies() int {
	if !k.Valid() {
		return 0
	}
	return nameCopies[k.Name()]
}

// String is the kind as NAME_COLOUR, for example CHARIOT_RED.
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindTexts[k]
}

// String is the name in capitals.
func (n Name) String() string {
	if int(n) >= len(nameTexts) {
		return fmt.Sprintf("name(%d)", uint8(n))
	}
	return nameTexts[n]
}

// String is BLACK or RED.
func (c Colour) String() string {
	if int(c) >= len(colourTexts) {
		return fmt.Sprintf("colour(%d)", uint8(c))
	}
	return colourTexts[c]
}

// MarshalText encodes k as NAME_COLOUR.
func (k Kind) MarshalText() ([]byte, error) {
	if !k.Valid() {
		return nil, &NameError{What: "kind", Name: k.String(), Allowed: kindAllowed}
	}
	return []byte(kindTexts[k]), nil
}

// UnmarshalText accepts the fourteen spellings of [Kind.String] and refuses
// anything else with a [NameError].
func (k *Kind) UnmarshalText(text []byte) error {
	for kind := SoldierBlack; kind <= GeneralRed; kind++ {
		if kindTexts[kind] == string(text) {
			*k = kind
			return nil
		}
	}
	return &NameError{What: "kind", Name: string(text), Allowed: kindAllowed}
}

const kindAllowed = "NAME_COLOUR with SOLDIER, CANNON, HORSE, CHARIOT, ELEPHANT, ADVISOR or GENERAL, and BLACK or RED"
