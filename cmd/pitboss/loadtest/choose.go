package loadtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// choose answers an offer of Liap Tui by a legal move at random.
func choose(offer json.RawMessage) (request, error) {
	var o struct {
		Phase string          `json:"phase"`
		Turn  uint64          `json:"turn"`
		Legal json.RawMessage `json:"legal"`
	}
	if err := json.Unmarshal(offer, &o); err != nil {
		return request{}, fmt.Errorf("turn %s: %w", offer, err)
	}
	r := request{Turn: o.Turn}
	var err error
	switch o.Phase {
	case "PREPARATION":
		r.Type, r.Data = "redeal", map[string]bool{"accept": false}
	case "DECLARATION":
		var piles []int
		err = json.Unmarshal(o.Legal, &piles)
		r.Type, r.Data = "declare", map[string]int{"piles": oneOf(piles)}
	case "TURN":
		var pieces []string
		pieces, err = choosePieces(o.Legal)
		r.Type, r.Data = "play", map[string][]string{"pieces": pieces}
	default:
		err = fmt.Errorf("a turn in phase %q", o.Phase)
	}
	return r, err
}

// choosePieces takes one of the openings, or as many pieces as must follow.
func choosePieces(legal json.RawMessage) ([]string, error) {
	var openings [][]string
	if json.Unmarshal(legal, &openings) == nil {
		return oneOf(openings), nil
	}
	var follow struct {
		Count int      `json:"count"`
		Hand  []string `json:"hand"`
	}
	if err := json.Unmarshal(legal, &follow); err != nil {
		return nil, fmt.Errorf("legal moves %s: %w", legal, err)
	}
	rand.Shuffle(len(follow.Hand), func(i, j int) { follow.Hand[i], follow.Hand[j] = follow.Hand[j], follow.Hand[i] })
	return follow.Hand[:min(follow.Count, len(follow.Hand))], nil
}

// oneOf picks one at random, or the zero value where there is none.
func oneOf[T any](all []T) (one T) {
	if len(all) > 0 {
		one = all[rand.IntN(len(all))]
	}
	return one
}
