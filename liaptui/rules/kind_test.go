package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

// spelled is the table of pieces as the rules print it.
var spelled = []struct {
	text   string
	points int
	copies int
}{
	{"SOLDIER_BLACK", 1, 5}, {"SOLDIER_RED", 2, 5},
	{"CANNON_BLACK", 3, 2}, {"CANNON_RED", 4, 2},
	{"HORSE_BLACK", 5, 2}, {"HORSE_RED", 6, 2},
	{"CHARIOT_BLACK", 7, 2}, {"CHARIOT_RED", 8, 2},
	{"ELEPHANT_BLACK", 9, 2}, {"ELEPHANT_RED", 10, 2},
	{"ADVISOR_BLACK", 11, 2}, {"ADVISOR_RED", 12, 2},
	{"GENERAL_BLACK", 13, 1}, {"GENERAL_RED", 14, 1},
}

func TestKinds(t *testing.T) {
	if len(spelled) != KindCount {
		t.Fatalf("%d kinds, want %d", KindCount, len(spelled))
	}
	for _, want := range spelled {
		var kind Kind
		if err := kind.UnmarshalText([]byte(want.text)); err != nil {
			t.Fatal(err)
		}
		if kind.Points() != want.points || kind.Copies() != want.copies || kind.String() != want.text {
			t.Errorf("%s: got %v, %d points, %d copies", want.text, kind, kind.Points(), kind.Copies())
		}
		if text, err := kind.MarshalText(); err != nil || string(text) != want.text {
			t.Errorf("%s encodes as %q, %v", want.text, text, err)
		}
		if name, colour, _ := strings.Cut(want.text, "_"); kind.Name().String() != name || kind.Colour().String() != colour {
			t.Errorf("%s is a %v in %v", want.text, kind.Name(), kind.Colour())
		}
		if KindOf(kind.Name(), kind.Colour()) != kind {
			t.Errorf("%s: KindOf gives %v", want.text, KindOf(kind.Name(), kind.Colour()))
		}
		if Deck().Count(kind) != want.copies {
			t.Errorf("%s: %d in the deck, want %d", want.text, Deck().Count(kind), want.copies)
		}
	}
}

func TestKindRefusesOtherNames(t *testing.T) {
	for _, text := range []string{"", "HORSE", "horse_red", "HORSE_RED ", "HORSE_GREEN", "RED_HORSE", "kind(0)"} {
		var kind Kind
		err := kind.UnmarshalText([]byte(text))
		var name *NameError
		if !errors.Is(err, ErrUnknownName) || !errors.As(err, &name) {
			t.Fatalf("%q: error %v", text, err)
		}
		if name.Name != text || !strings.Contains(err.Error(), "NAME_COLOUR") {
			t.Errorf("%q: the error does not name it and what is allowed: %v", text, err)
		}
	}
	for _, kind := range []Kind{0, 15, 255} {
		if _, err := kind.MarshalText(); !errors.Is(err, ErrUnknownName) {
			t.Errorf("%v encodes: error %v", kind, err)
		}
	}
}

func TestPlayTypeTexts(t *testing.T) {
	want := []string{
		"DISCARD", "SINGLE", "PAIR", "THREE_OF_A_KIND", "STRAIGHT", "FOUR_OF_A_KIND",
		"EXTENDED_STRAIGHT", "EXTENDED_STRAIGHT_5", "FIVE_OF_A_KIND", "DOUBLE_STRAIGHT",
	}
	for i, text := range want {
		var kind PlayType
		if err := kind.UnmarshalText([]byte(text)); err != nil || kind != PlayType(i) {
			t.Errorf("%s decodes as %v, %v", text, kind, err)
		}
		if got, err := PlayType(i).MarshalText(); err != nil || string(got) != text {
			t.Errorf("%d encodes as %q, %v; want %s", i, got, err, text)
		}
	}
	if _, err := PlayType(len(want)).MarshalText(); !errors.Is(err, ErrUnknownName) {
		t.Errorf("an eleventh type encodes: error %v", err)
	}
	if err := new(PlayType).UnmarshalText([]byte("TRIPLE")); !errors.Is(err, ErrUnknownName) {
		t.Errorf("TRIPLE decodes: error %v", err)
	}
}

func FuzzKindText(f *testing.F) {
	for _, kind := range spelled {
		f.Add(kind.text)
	}
	f.Add("HORSE")
	f.Fuzz(func(t *testing.T, text string) {
		known := false
		for _, kind := range spelled {
			known = known || kind.text == text
		}
		kind := HorseRed
		err := kind.UnmarshalText([]byte(text))
		if known != (err == nil) {
			t.Fatalf("%q: error %v", text, err)
		}
		if err == nil && kind.String() != text {
			t.Fatalf("%q became %v", text, kind)
		}
		if err != nil && kind != HorseRed {
			t.Fatalf("%q was refused, and still the kind became %v", text, kind)
		}
	})
}

func FuzzPiecesJSON(f *testing.F) {
	for _, text := range []string{`["HORSE_RED","HORSE_RED"]`, `[]`, `null`, `"AQID"`, `[1,2]`, `["HORSE"]`, `[null]`, `{}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var pieces Pieces
		if json.Unmarshal(text, &pieces) != nil {
			return
		}
		encoded, err := json.Marshal(pieces)
		if err != nil {
			t.Fatalf("%s decodes and does not encode: %v", text, err)
		}
		var again Pieces
		if err := json.Unmarshal(encoded, &again); err != nil || again != pieces {
			t.Fatalf("%s became %v and then %v, %v", text, pieces, again, err)
		}
	})
}
