package rules_test

import (
	"fmt"

	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

func ExampleClassify() {
	play, ok := rules.Classify(rules.Of(rules.ChariotBlack, rules.ChariotBlack, rules.HorseBlack, rules.CannonBlack))
	fmt.Println(play.Type, play.Strength, ok)
	play, ok = rules.Classify(rules.Of(rules.HorseRed, rules.HorseBlack))
	fmt.Println(play.Type, play.Strength, ok)
	// Output:
	// EXTENDED_STRAIGHT 15 true
	// DISCARD 0 false
}

func ExampleCheckDeclaration() {
	fmt.Println(rules.CheckDeclaration(2, []int{3, 2, 1}, 0))
	// Output:
	// illegal declaration: 2 makes the declarations add up to 8; want one of [0 1 3 4 5 6 7 8]
}

func ExampleLeader() {
	fmt.Println(rules.Leader(
		rules.Of(rules.HorseRed, rules.HorseRed),
		rules.Of(rules.GeneralRed, rules.GeneralBlack), // no play: a discard
		rules.Of(rules.ChariotBlack, rules.ChariotBlack),
		rules.Of(rules.SoldierRed, rules.SoldierRed),
	))
	// Output:
	// 2
}

func ExamplePieces_Kinds() {
	hand := rules.Deal(7, 0)[0]
	fmt.Println(hand.Len(), hand.Kinds()[0] == hand.Strongest())
	// Output:
	// 8 true
}
