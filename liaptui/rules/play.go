package rules

import "fmt"

// PlayType is the form of a play. The zero value is [Discard].
type PlayType uint8

// The types, weakest first. The order is for display: a play only ever beats
// plays of its own type.
const (
	// Discard is any set of pieces that is no valid play: a follower may lay
	// it down, and cannot win with it.
	Discard PlayType = iota
	Single
	Pair
	ThreeOfAKind
	Straight
	FourOfAKind
	ExtendedStraight
	ExtendedStraight5
	FiveOfAKind
	DoubleStraight
)

var playTypeTexts = [...]string{
	"DISCARD", "SINGLE", "PAIR", "THREE_OF_A_KIND", "STRAIGHT", "FOUR_OF_A_KIND",
	"EXTENDED_STRAIGHT", "EXTENDED_STRAIGHT_5", "FIVE_OF_A_KIND", "DOUBLE_STRAIGHT",
}

// String is the type in capitals, as the rules write it.
func (t PlayType) String() string {
	if int(t) >= len(playTypeTexts) {
		return fmt.Sprintf("playtype(%d)", uint8(t))
	}
	return playTypeTexts[t]
}

// MarshalText encodes t by its name.
func (t PlayType) MarshalText() ([]byte, error) {
	if int(t) >= len(playTypeTexts) {
		return nil, &NameError{What: "play type", Name: t.String(), Allowed: playTypeAllowed}
	}
	return []byte(playTypeTexts[t]), nil
}

// UnmarshalText accepts the ten names and refuses anything else with a
// [NameError].
func (t *PlayType) UnmarshalText(text []byte) error {
	for i, name := range playTypeTexts {
		if name == string(text) {
			*t = PlayType(i)
			return nil
		}
	}
	return &NameError{What: "play type", Name: string(text), Allowed: playTypeAllowed}
}

const playTypeAllowed = "DISCARD, SINGLE, PAIR, THREE_OF_A_KIND, STRAIGHT, FOUR_OF_A_KIND, " +
	"EXTENDED_STRAIGHT, EXTENDED_STRAIGHT_5, FIVE_OF_A_KIND or DOUBLE_STRAIGHT"

// Play is what a set of pieces amounts to.
type Play struct {
	Type     PlayType `json:"type"`
	Strength int      `json:"strength"` // 0 for a discard
	Count    int      `json:"count"`    // pieces
}

// Beats reports whether p, played later, takes the lead from lead.
func (p Play) Beats(lead Play) bool {
	return p.Type == lead.Type && p.Strength > lead.Strength
}

// Classify tells what the pieces amount to, and whether that is a valid play. A
// set that is none, or that no deck holds, is a [Discard].
func Classify(pieces Pieces) (Play, bool) {
	play := Play{Count: pieces.Len()}
	if play.Count == 0 || play.Count > MaxPlay || !deck.Contains(pieces) {
		return play, false
	}
	kind := pieces.Strongest()
	if pieces == One(kind)*Pieces(play.Count) {
		play.Type = alikeTypes[play.Count]
		play.Strength = play.Count * kind.Points()
		return play, true
	}
	play.Type = straightType(pieces, kind, play.Count)
	if play.Type == Discard {
		return play, false
	}
	// The group's names are two points apart, so the middle one is the mean.
	play.Strength = 3 * (kind.Points() - 2)
	if play.Type == DoubleStraight {
		play.Strength *= 2
	}
	return play, true
}

// alikeTypes names n pieces of one kind. The deck has more than two only of
// soldiers.
var alikeTypes = [MaxPlay]PlayType{Discard, Single, Pair, ThreeOfAKind, FourOfAKind, FiveOfAKind}

// straightTypes names n pieces that are all three names of a group.
var straightTypes = [MaxPlay + 1]PlayType{3: Straight, 4: ExtendedStraight, 5: ExtendedStraight5, 6: DoubleStraight}

// straightType names pieces of several kinds, the strongest of which is given.
func straightType(pieces Pieces, strongest Kind, count int) PlayType {
	if name := strongest.Name(); name != General && name != Chariot {
		return Discard
	}
	group := One(strongest) + One(strongest-2) + One(strongest-4)
	if !pieces.Contains(group) || pieces&^(group*maxCount) != 0 {
		return Discard
	}
	return straightTypes[count]
}

// Leader is the index, in play order, of the play that leads the turn: the
// strongest of the first one's type, the earlier of equals. It is 0 if there
// are no plays.
func Leader(plays ...Pieces) int {
	if len(plays) == 0 {
		return 0
	}
	leader := 0
	best, _ := Classify(plays[0])
	for i, pieces := range plays[1:] {
		if play, ok := Classify(pieces); ok && play.Beats(best) {
			leader, best = i+1, play
		}
	}
	return leader
}
