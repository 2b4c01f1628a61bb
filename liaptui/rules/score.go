package rules

// RoundScore is what a round is worth to a player who declared and took so many
// piles. The multiplier is 1 plus the redeals of the round.
func RoundScore(declared, taken, multiplier int) int {
	var points int
	switch {
	case declared == 0 && taken == 0:
		points = 3
	case declared == taken:
		points = declared + 5
	case declared > taken:
		points = taken - declared
	default:
		points = declared - taken
	}
	return points * multiplier
}

// GameOver reports whether the game ends after this many rounds with these
// scores.
func GameOver(scores [Seats]int, rounds int) bool {
	return rounds >= MaxRounds || top(scores) >= GoalScore
}

// Winners lists the seats that share the highest score.
func Winners(scores [Seats]int) []int {
	best := top(scores)
	winners := make([]int, 0, Seats)
	for seat, score := range scores {
		if score == best {
			winners = append(winners, seat)
		}
	}
	return winners
}

func top(scores [Seats]int) int {
	return max(scores[0], scores[1], scores[2], scores[3])
}
