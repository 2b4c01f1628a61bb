package liaptui

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// View is the game as a seat may see it, or as a spectator. Its lists go by
// seat.
type View struct {
	Phase      Phase `json:"phase"`
	Round      int   `json:"round"` // from 1; 0 before the first
	Multiplier int   `json:"multiplier"`
	// Starter starts the round; nil while that is not known.
	Starter *int `json:"starter"`
	// Current are the seats whose move it is: several while weak hands decide,
	// none in a pause.
	Current []int `json:"current"`
	// Declared is nil for those who have not.
	Declared [rules.Seats]*int `json:"declared"`
	Taken    [rules.Seats]int  `json:"taken"`
	Scores   [rules.Seats]int  `json:"scores"`
	// Turn counts the round's turns from 1; 0 before the first.
	Turn  int              `json:"turn"`
	Plays []TablePlay      `json:"plays"` // of the turn, in play order
	Sizes [rules.Seats]int `json:"hand_sizes"`
	// Hand is the seat's own; nil for spectators.
	Hand *rules.Pieces `json:"hand,omitempty"`

	// known is what a bot in this seat decides from.
	known bot.View
}

// view is what the seat sees, or a spectator, who sits nowhere.
func view(s State, seat int) any {
	v := View{
		Phase: s.phase, Round: s.round, Multiplier: s.multiplier(), Current: []int{},
		Taken: s.taken, Scores: s.scores, Turn: s.turn, Plays: tablePlays(s.shown()),
	}
	// Pointers into these, not into s, which would be moved to the heap.
	starter, declared, hand := s.starter, s.declared, rules.Pieces(0)
	if s.phase != Waiting && starter != room.NoSeat {
		v.Starter = &starter
	}
	for i := range rules.Seats {
		if s.waitsFor(i) {
			v.Current = append(v.Current, i)
		}
		if s.phase != Waiting && declared[i] != rules.Undeclared {
			v.Declared[i] = &declared[i]
		}
		v.Sizes[i] = s.hands[i].Len()
	}
	if seat >= 0 && seat < rules.Seats {
		hand = s.hands[seat]
		v.Hand = &hand
		v.known = s.knownTo(seat)
	}
	return v
}

// knownTo is what a bot in the seat may know.
func (s *State) knownTo(seat int) bot.View {
	return bot.View{
		Seat: seat, Hand: s.hands[seat], Starter: max(s.starter, 0), Declared: s.declared,
		ZerosInARow: s.zeros[seat], Played: slices.Clone(s.played[:s.plays]),
		Scores: s.scores, Round: s.round, Multiplier: s.multiplier(), Seed: s.chance(seat),
	}
}

// chance is a number of a seat's own for its next decision. It follows from the
// game's seed, so that games repeat, and does not betray it.
func (s *State) chance(seat int) uint64 {
	var text [40]byte
	copy(text[:], "liaptui bot v1")
	binary.LittleEndian.PutUint64(text[16:], s.seed)
	binary.LittleEndian.PutUint64(text[24:], uint64(seat))
	binary.LittleEndian.PutUint64(text[32:], s.step)
	sum := sha256.Sum256(text[:])
	return binary.LittleEndian.Uint64(sum[:])
}

// redealLegal lists the answers to the offer of a redeal.
type redealLegal struct {
	Redeal [2]bool `json:"redeal"`
}

// followLegal bounds a follower's play: any so many pieces of the hand.
type followLegal struct {
	Count int          `json:"count"`
	Hand  rules.Pieces `json:"hand"`
}

// legal describes the seat's moves: a list of them, or the rule that bounds
// them; nil if it has none.
func legal(s State, seat int) any {
	if !s.waitsFor(seat) {
		return nil
	}
	switch s.phase {
	case Preparation:
		return redealLegal{[2]bool{true, false}}
	case Declaration:
		return rules.LegalDeclarations(s.declarations(), s.zeros[seat])
	}
	if turn := s.onTable(); len(turn) > 0 {
		return followLegal{turn[0].Pieces.Len(), s.hands[seat]}
	}
	return rules.LegalOpenings(s.hands[seat])
}

// reveal shows a seat its own hand in a deal.
func reveal(f room.Fact, seat int) any {
	deal, isDeal := f.Data.(Deal)
	hands, dealt := f.Secret.(Hands)
	if isDeal && dealt && seat >= 0 && seat < rules.Seats {
		deal.Hand = &hands[seat]
		return deal
	}
	return f.Data
}

// tablePlays is plays as everybody sees them.
func tablePlays(plays []bot.Played) []TablePlay {
	shown := make([]TablePlay, len(plays))
	for i, play := range plays {
		shown[i] = TablePlay{play.Seat, play.Pieces}
	}
	return shown
}
