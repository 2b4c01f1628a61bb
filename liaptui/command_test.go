package liaptui_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command, data string
		want          any // nil: refused
		says          string
	}{
		{"redeal", `{"accept":true}`, liaptui.Redeal{Accept: true}, ""},
		{"redeal", `{"accept":false}`, liaptui.Redeal{}, ""},
		{"declare", `{"piles":3}`, liaptui.Declare{Piles: 3}, ""},
		{"declare", ` { "piles" : 0 } `, liaptui.Declare{}, ""},
		{"play", `{"pieces":["HORSE_RED","HORSE_RED"]}`, liaptui.Play{Pieces: rules.Of(rules.HorseRed, rules.HorseRed)}, ""},
		{"play", `{"pieces":[]}`, liaptui.Play{}, ""},

		{"redeal", `{}`, nil, `"accept" is missing; want true or false`},
		{"redeal", `{"accept":null}`, nil, `"accept" is missing`},
		{"redeal", `{"accept":"yes"}`, nil, "want true or false"},
		{"redeal", `{"accept":true,"piles":1}`, nil, `"piles" is not known`},
		{"redeal", `{"Accept":true}`, nil, `"Accept" is not known`},
		{"declare", ``, nil, `want an object with the field "piles"`},
		{"declare", `null`, nil, "want an object"},
		{"declare", `3`, nil, "want an object"},
		{"declare", `{"piles":3} {}`, nil, "want an object"},
		{"declare", `{"piles":3.5}`, nil, "want a number from 0 to 8"},
		{"declare", `{"piles":"3"}`, nil, "want a number from 0 to 8, not a string"},
		{"declare", `{"piles":1e400}`, nil, "want a number from 0 to 8"},
		{"play", `{"pieces":["HORSE_GREEN"]}`, nil, "HORSE_GREEN"},
		{"play", `{"pieces":"HORSE_RED"}`, nil, "want a list of pieces"},
		{"play", `{"pieces":null}`, nil, `"pieces" is missing`},
		{"play", `{"pieces":["` + strings.Repeat(`HORSE_RED","`, 40) + `HORSE_RED"]}`, nil, "at most 32"},
		{"fold", `{}`, nil, "want redeal, declare or play"},
	} {
		got, err := liaptui.Parse(c.command, []byte(c.data))
		if err != nil && strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s %s tells of Go: %v", c.command, c.data, err)
		}
		if c.want != nil {
			if err != nil || got != c.want {
				t.Errorf("%s %s: got %+v, %v; want %+v", c.command, c.data, got, err, c.want)
			}
			continue
		}
		refusal, ok := errors.AsType[*room.Refusal](err)
		if !ok || !strings.Contains(refusal.Message, c.says) {
			t.Errorf("%s %s: got %+v, %v; want a refusal that says %s", c.command, c.data, got, err, c.says)
		}
	}
}

// Whatever comes in, it is refused or fits the game, which then refuses it or
// makes it a move; nothing panics.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"accept":true}`, `{"piles":3}`, `{"pieces":["HORSE_RED"]}`, `{"pieces":[]}`, `{}`, `null`, `[`, `{"piles":-1}`,
	} {
		for _, command := range []string{"redeal", "declare", "play", "fold"} {
			f.Add(command, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, command string, data []byte) {
		parsed, err := liaptui.Parse(command, data)
		if err != nil {
			if _, ok := errors.AsType[*room.Refusal](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, phase := range []liaptui.Phase{liaptui.Declaration, liaptui.Turn} {
			g := newTable(t, withPauses)
			g.start(1)
			g.play(func() bool { return g.view(room.NoSeat).Phase == phase })
			for seat := range rules.Seats {
				if err := g.do(room.Command{Type: command, Seat: seat, Data: parsed}); err != nil {
					if _, ok := errors.AsType[*room.Refusal](err); !ok {
						t.Fatalf("%T: %v", err, err)
					}
				}
			}
		}
	})
}

func TestIllegalCommandsAreRefused(t *testing.T) {
	t.Parallel()
	at := func(phase liaptui.Phase) *table {
		g := newTable(t, withPauses)
		g.start(1)
		g.play(func() bool { return g.view(room.NoSeat).Phase == phase })
		return g
	}
	nothing := liaptui.Play{}
	for name, c := range map[string]struct {
		phase liaptui.Phase
		other bool // from a seat whose turn it is not
		data  any
		code  string
		says  string
	}{
		"declares out of turn":   {liaptui.Declaration, true, liaptui.Declare{Piles: 1}, room.CodeNotYourTurn, "it is seat"},
		"declares nine":          {liaptui.Declaration, false, liaptui.Declare{Piles: 9}, liaptui.CodeIllegalDeclaration, "0 1 2"},
		"declares less than one": {liaptui.Declaration, false, liaptui.Declare{Piles: -1}, liaptui.CodeIllegalDeclaration, "0 1 2"},
		"plays too early":        {liaptui.Declaration, false, nothing, liaptui.CodeIllegalPlay, "declare"},
		"redeals too late":       {liaptui.Declaration, false, liaptui.Redeal{Accept: true}, liaptui.CodeIllegalRedeal, "declare"},
		"says nothing known":     {liaptui.Declaration, false, "three", room.CodeUnknown, "redeal, declare or play"},
		"says nothing":           {liaptui.Turn, false, nil, room.CodeUnknown, "redeal, declare or play"},
		"plays out of turn":      {liaptui.Turn, true, nothing, room.CodeNotYourTurn, "it is seat"},
		"plays nothing":          {liaptui.Turn, false, nothing, liaptui.CodeIllegalPlay, "1 to 6"},
		"plays what it has not":  {liaptui.Turn, false, liaptui.Play{Pieces: rules.Deck()}, liaptui.CodeIllegalPlay, "1 to 6"},
		"declares too late":      {liaptui.Turn, false, liaptui.Declare{Piles: 1}, liaptui.CodeIllegalDeclaration, "play"},
		"plays in a pause":       {liaptui.TurnResults, true, nothing, room.CodeNotYourTurn, "nobody moves"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := at(c.phase)
			seat := max(g.offers()[0].Seat, 0)
			if c.other {
				seat = (seat + 1) % rules.Seats
			}
			before := g.state
			err := g.do(room.Command{Type: "some", Seat: seat, Data: c.data})
			refused(t, err, c.code)
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
			if g.state != before {
				t.Error("a refused command changed the game")
			}
		})
	}
	g := at(liaptui.Declaration)
	for _, seat := range []int{-1, 4, 1 << 40} {
		refused(t, g.do(room.Command{Type: "declare", Seat: seat, Data: liaptui.Declare{}}), room.CodeNotYourTurn)
	}
}
