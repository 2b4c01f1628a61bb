package room_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/room"
)

func TestNewHostTellsAllFaults(t *testing.T) {
	t.Parallel()
	game := room.Game[int]{
		Name: "pairs", Seats: 2,
		Decide: func(int, room.Command) ([]room.Fact, error) { return nil, nil },
		Apply:  func(s int, _ room.Fact) int { return s },
	}
	_, err := room.NewHost(room.Config{
		Games:     []room.Rules{game, nil, game, room.Game[int]{Name: "no functions", Seats: 2}},
		Observers: []room.Observer{nil}, Workers: -1, Grace: -1,
	})
	if !errors.Is(err, pitboss.ErrInvalid) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"games[1]: nil", `games[2]: "pairs"`, "game.decide", "game.apply", "observers[0]: nil", "workers: -1", "grace: -1ns",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
	if _, err := room.NewHost(room.Config{}); !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), "games") {
		t.Errorf("no games: %v", err)
	}
}
