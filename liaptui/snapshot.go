package liaptui

import (
	"encoding/json"
	"fmt"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// savedVersion is that of savedState.
const savedVersion = 1

// savedState is a State as a snapshot holds it, hands and seed included.
type savedState struct {
	Version   int                      `json:"version"`
	Seed      uint64                   `json:"seed"`
	Phase     uint8                    `json:"phase"`
	Step      uint64                   `json:"step"`
	Deals     uint64                   `json:"deals"`
	Round     int                      `json:"round"`
	Redeals   int                      `json:"redeals"`
	Starter   int                      `json:"starter"`
	Hands     [rules.Seats]uint64      `json:"hands"`
	Answers   [rules.Seats]uint8       `json:"answers"`
	Declared  [rules.Seats]int         `json:"declared"`
	Declarers int                      `json:"declarers"`
	Zeros     [rules.Seats]int         `json:"zeros"`
	Turn      int                      `json:"turn"`
	Leader    int                      `json:"leader"`
	Taken     [rules.Seats]int         `json:"taken"`
	Played    [rules.DeckSize]savedPly `json:"played"`
	Plays     int                      `json:"plays"`
	Scores    [rules.Seats]int         `json:"scores"`
	TurnsWon  [rules.Seats]int         `json:"turns_won"`
	Perfect   [rules.Seats]int         `json:"perfect"`
}

type savedPly [2]uint64 // seat, pieces

func encode(s State) ([]byte, error) {
	saved := savedState{
		Version: savedVersion, Seed: s.seed, Phase: uint8(s.phase), Step: s.step,
		Deals: s.deals, Round: s.round, Redeals: s.redeals, Starter: s.starter,
		Declared: s.declared, Declarers: s.declarers, Zeros: s.zeros,
		Turn: s.turn, Leader: s.leader, Taken: s.taken, Plays: s.plays,
		Scores: s.scores, TurnsWon: s.turnsWon, Perfect: s.perfect,
	}
	for seat := range s.hands {
		saved.Hands[seat], saved.Answers[seat] = uint64(s.hands[seat]), uint8(s.answers[seat])
	}
	for i, p := range &s.played {
		saved.Played[i] = savedPly{uint64(p.Seat), uint64(p.Pieces)}
	}
	return json.Marshal(saved)
}

func decode(text []byte) (State, error) {
	var saved savedState
	if err := json.Unmarshal(text, &saved); err != nil {
		return State{}, fmt.Errorf("liaptui: snapshot: %w", err)
	}
	if saved.Version != savedVersion {
		return State{}, fmt.Errorf("liaptui: snapshot of version %d, and this program reads %d", saved.Version, savedVersion)
	}
	s := State{
		seed: saved.Seed, phase: Phase(saved.Phase), step: saved.Step,
		deals: saved.Deals, round: saved.Round, redeals: saved.Redeals, starter: saved.Starter,
		declared: saved.Declared, declarers: saved.Declarers, zeros: saved.Zeros,
		turn: saved.Turn, leader: saved.Leader, taken: saved.Taken, plays: saved.Plays,
		scores: saved.Scores, turnsWon: saved.TurnsWon, perfect: saved.Perfect,
	}
	for seat := range s.hands {
		s.hands[seat], s.answers[seat] = rules.Pieces(saved.Hands[seat]), answer(saved.Answers[seat])
	}
	for i, p := range &saved.Played {
		s.played[i] = bot.Played{Seat: int(p[0]), Pieces: rules.Pieces(p[1])}
	}
	return s, nil
}
