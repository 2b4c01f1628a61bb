package rules_test

import (
	"math/rand/v2"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

func TestClassifyWorkedExamples(t *testing.T) {
	for _, example := range []struct {
		pieces   Pieces
		want     PlayType
		strength int
	}{
		{Of(HorseRed, HorseRed), Pair, 12},
		{Of(HorseRed, HorseBlack), Discard, 0},
		{Of(SoldierBlack, SoldierBlack, SoldierBlack), ThreeOfAKind, 3},
		{Of(GeneralRed, AdvisorRed, ElephantRed), Straight, 36},
		{Of(GeneralRed, AdvisorBlack, ElephantRed), Discard, 0},
		{Of(ChariotBlack, ChariotBlack, HorseBlack, CannonBlack), ExtendedStraight, 15},
		{Of(ChariotBlack, ChariotBlack, HorseBlack, HorseBlack), Discard, 0},
		{Of(AdvisorRed, AdvisorRed, ElephantRed, ElephantRed, GeneralRed), ExtendedStraight5, 36},
		{Of(), Discard, 0},
		{Of(GeneralRed), Single, 14},
		{Of(SoldierRed, SoldierRed, SoldierRed, SoldierRed), FourOfAKind, 8},
		{Of(SoldierRed, SoldierRed, SoldierRed, SoldierRed, SoldierRed), FiveOfAKind, 10},
		{Of(ChariotRed, ChariotRed, HorseRed, HorseRed, CannonRed, CannonRed), DoubleStraight, 36},
		{Of(ElephantRed, ChariotRed, HorseRed), Discard, 0},
		{Of(HorseRed, CannonRed, SoldierRed), Discard, 0},
	} {
		play, ok := Classify(example.pieces)
		want := Play{Type: example.want, Strength: example.strength, Count: example.pieces.Len()}
		if play != want || ok != (example.want != Discard) {
			t.Errorf("%v: got %v, %t; want %v", example.pieces, play, ok, want)
		}
	}
}

func TestLeaderWorkedExamples(t *testing.T) {
	for _, example := range []struct {
		name  string
		plays []Pieces
		want  int
	}{
		{"no play", nil, 0},
		{"a stronger pair leads", []Pieces{Of(HorseRed, HorseRed), Of(ChariotBlack, ChariotBlack)}, 1},
		{"another type only discards", []Pieces{
			Of(ChariotRed, HorseRed, CannonRed), Of(SoldierRed, SoldierRed, SoldierRed),
		}, 0},
		{"a weaker lead of another type stays too", []Pieces{
			Of(SoldierRed, SoldierRed, SoldierRed), Of(ChariotRed, HorseRed, CannonRed),
		}, 0},
		{"nobody beats the red general", []Pieces{
			Of(GeneralRed), Of(GeneralBlack), Of(AdvisorRed), Of(AdvisorRed),
		}, 0},
		{"the earlier of equals", []Pieces{
			Of(SoldierRed), Of(HorseBlack), Of(HorseBlack), Of(SoldierBlack),
		}, 1},
		{"equal to the starter", []Pieces{Of(HorseBlack), Of(HorseBlack)}, 0},
		{"equal extended straights of one colour", []Pieces{
			Of(ChariotRed, ChariotRed, HorseRed, CannonRed), Of(ChariotRed, HorseRed, HorseRed, CannonRed),
		}, 0},
		{"two discards", []Pieces{Of(HorseBlack, HorseBlack), Of(GeneralRed, GeneralBlack)}, 0},
		{"the strongest of three", []Pieces{Of(CannonRed), Of(HorseBlack), Of(AdvisorRed), Of(ElephantRed)}, 2},
	} {
		if got := Leader(example.plays...); got != example.want {
			t.Errorf("%s: %d leads, want %d", example.name, got, example.want)
		}
	}
}

// oracle classifies by trying every line of the table of valid plays on the
// texts of the pieces, without any of the package's arithmetic.
func oracle(pieces []Kind) Play {
	groups := [][3]string{{"GENERAL", "ADVISOR", "ELEPHANT"}, {"CHARIOT", "HORSE", "CANNON"}}
	sum := 0
	copies, colours, points := map[string]int{}, map[string]bool{}, map[string]int{}
	for _, piece := range pieces {
		for _, line := range spelled {
			if line.text != piece.String() {
				continue
			}
			name, colour := line.text[:len(line.text)-len("_RED")], "RED"
			if line.text[len(line.text)-1] == 'K' {
				name, colour = line.text[:len(line.text)-len("_BLACK")], "BLACK"
			}
			sum += line.points
			copies[name]++
			colours[colour] = true
			points[name] = line.points
		}
	}
	discard := Play{Count: len(pieces)}
	if len(pieces) == 1 {
		return Play{Single, sum, 1}
	}
	if len(colours) != 1 {
		return discard
	}
	if len(copies) == 1 {
		if len(pieces) == 2 {
			return Play{Pair, sum, 2}
		}
		if copies["SOLDIER"] == 3 {
			return Play{ThreeOfAKind, sum, 3}
		}
		if copies["SOLDIER"] == 4 {
			return Play{FourOfAKind, sum, 4}
		}
		if copies["SOLDIER"] == 5 {
			return Play{FiveOfAKind, sum, 5}
		}
		return discard
	}
	for i, group := range groups {
		once, twice, distinct := 0, 0, 0
		for _, name := range group {
			if copies[name] == 1 {
				once++
			}
			if copies[name] == 2 {
				twice++
			}
			distinct += points[name]
		}
		if len(copies) != 3 || once+twice != 3 {
			continue
		}
		if twice == 0 {
			return Play{Straight, sum, 3}
		}
		if twice == 1 {
			return Play{ExtendedStraight, distinct, 4}
		}
		if twice == 2 {
			return Play{ExtendedStraight5, distinct, 5}
		}
		if i == 1 {
			return Play{DoubleStraight, sum, 6}
		}
	}
	return discard
}

// TestClassifyAgainstOracle tries all sets of 1 to 6 pieces of random hands.
func TestClassifyAgainstOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	seen := map[PlayType]int{}
	for range 2_000 {
		hand := shuffled(random, HandSize)
		if random.IntN(2) == 0 {
			// Hands of one colour, so that the rare plays come up too.
			hand = oneColour(random)
		}
		for mask := range 1 << len(hand) {
			chosen := choose(hand, mask)
			if len(chosen) < 1 || len(chosen) > MaxPlay {
				continue
			}
			want := oracle(chosen)
			play, ok := Classify(Of(chosen...))
			if play != want || ok != (want.Type != Discard) {
				t.Fatalf("%v: got %v, %t; want %v", chosen, play, ok, want)
			}
			seen[play.Type]++
		}
	}
	for kind := Discard; kind <= DoubleStraight; kind++ {
		if seen[kind] == 0 {
			t.Errorf("no %v came up", kind)
		}
	}
}

// oneColour returns eight pieces of one colour.
func oneColour(random *rand.Rand) []Kind {
	var pieces []Kind
	colour := Colour(random.IntN(2))
	for _, kind := range shuffled(random, DeckSize) {
		if kind.Colour() == colour {
			pieces = append(pieces, kind)
		}
	}
	return pieces[:HandSize]
}

func FuzzClassify(f *testing.F) {
	f.Add([]byte{6, 6})
	f.Add([]byte{14, 12, 10, 12, 10})
	f.Add([]byte{0, 15, 200})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		kinds := make([]Kind, len(bytes))
		dealt := map[Kind]int{}
		inDeck := true
		for i, b := range bytes {
			kinds[i] = Kind(b)
			dealt[kinds[i]]++
			inDeck = inDeck && dealt[kinds[i]] <= kinds[i].Copies()
		}
		play, ok := Classify(Of(kinds...))
		if !inDeck || len(kinds) == 0 || len(kinds) > MaxPlay {
			if ok || play.Type != Discard || play.Strength != 0 {
				t.Fatalf("%v is a %v", kinds, play)
			}
			return
		}
		if want := oracle(kinds); play != want || ok != (want.Type != Discard) {
			t.Fatalf("%v: got %v, %t; want %v", kinds, play, ok, want)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	random := rand.New(rand.NewPCG(4, 4))
	var sets [256]Pieces
	for i := range sets {
		sets[i] = Of(shuffled(random, 1+random.IntN(MaxPlay))...)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		Classify(sets[i%len(sets)])
		i++
	}
}

func BenchmarkLeader(b *testing.B) {
	b.ReportAllocs()
	lead, second := Of(ChariotRed, HorseRed, CannonRed), Of(GeneralBlack, AdvisorBlack, ElephantBlack)
	third, fourth := Of(SoldierRed, SoldierBlack, SoldierRed), Of(HorseBlack, HorseBlack, CannonBlack)
	for b.Loop() {
		Leader(lead, second, third, fourth)
	}
}

func BenchmarkDeal(b *testing.B) {
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		Deal(7, n)
		n++
	}
}
