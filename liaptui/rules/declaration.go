package rules

// Undeclared stands for the declaration of a seat that has not made it yet.
const Undeclared = -1

// MaxZeros is how many rounds in a row a player may declare 0.
const MaxZeros = 2

// LegalDeclarations lists what the next player may declare. soFar are the
// declarations already made in this round; zeros is in how many rounds running,
// up to the last one, this player declared 0.
func LegalDeclarations(soFar []int, zeros int) []int {
	legal := make([]int, 0, HandSize+1)
	for piles := 0; piles <= HandSize; piles++ {
		if whyNotDeclare(piles, soFar, zeros) == "" {
			legal = append(legal, piles)
		}
	}
	return legal
}

// CheckDeclaration refuses what [LegalDeclarations] does not list, with a
// [DeclarationError].
func CheckDeclaration(piles int, soFar []int, zeros int) error {
	if why := whyNotDeclare(piles, soFar, zeros); why != "" {
		return &DeclarationError{Piles: piles, Why: why, Allowed: LegalDeclarations(soFar, zeros)}
	}
	return nil
}

// whyNotDeclare is what the rules have against a declaration; empty if nothing.
func whyNotDeclare(piles int, soFar []int, zeros int) string {
	switch {
	case piles < 0 || piles > HandSize:
		return "is not a number of piles"
	case piles == 0 && zeros >= MaxZeros:
		return "would be the third time in a row"
	case len(soFar) == Seats-1 && soFar[0]+soFar[1]+soFar[2]+piles == HandSize:
		return "makes the declarations add up to 8"
	}
	return ""
}
