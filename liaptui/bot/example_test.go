package bot_test

import (
	"fmt"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

func Example() {
	// Seat 2 starts the round and has not declared yet.
	view := bot.View{
		Seat:    2,
		Starter: 2,
		Hand: rules.Of(
			rules.GeneralRed, rules.AdvisorRed, rules.ElephantRed, rules.GeneralBlack,
			rules.HorseBlack, rules.CannonBlack, rules.SoldierRed, rules.SoldierBlack,
		),
		Declared: [rules.Seats]int{rules.Undeclared, rules.Undeclared, rules.Undeclared, rules.Undeclared},
		Round:    1, Multiplier: 1, Seed: 7,
	}
	view.Declared[2] = bot.Normal.Declare(view)
	fmt.Println("declares", view.Declared[2])

	view.Declared[3], view.Declared[0], view.Declared[1] = 1, 2, 0
	fmt.Println("plays", bot.Normal.Play(view))
	// Output:
	// declares 4
	// plays GENERAL_RED, ADVISOR_RED, ELEPHANT_RED
}
