package liaptui_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come. A busy machine is slow.
const patience = 3 * time.Minute

// house is a running host with bots.
type house struct {
	host *room.Host
	stop func()
}

func openHouse(t *testing.T, workers int, game liaptui.Config, observers ...room.Observer) *house {
	t.Helper()
	host, err := room.NewHost(room.Config{Games: []room.Rules{liaptui.New(game)}, Workers: workers, Observers: observers})
	if err != nil {
		t.Fatal(err)
	}
	return runHouse(t, host, workers, liaptui.BotsConfig{})
}

// runHouse runs a host with bots as c has them.
func runHouse(t *testing.T, host *room.Host, workers int, c liaptui.BotsConfig) *house {
	t.Helper()
	tasks, err := task.New(task.Config{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	c.Tasks, c.Submit = tasks, host.Submit
	bots, err := liaptui.NewBots(c)
	if err != nil {
		t.Fatal(err)
	}
	host.Observe(bots)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- host.Run(ctx) }()
	go func() { ended <- tasks.Run(ctx) }()
	stop := func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		closed, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = host.Queue().Close(closed)
		_ = tasks.Close(closed)
	}
	return &house{host, stop}
}

// results plays games of four bots, side by side, and returns their results
// without their times.
func (h *house) results(t *testing.T, games int) []event.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := range games {
		spec := room.Spec{ID: fmt.Sprint("r", n), Game: liaptui.Name, Bots: 4, Seed: uint64(n)}
		if _, err := h.host.Create(ctx, spec); err != nil {
			t.Fatal(err)
		}
	}
	return h.follow(t, games)
}

// follow waits for the results of games that are there.
func (h *house) follow(t *testing.T, games int) []event.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	results := make([]event.Result, games)
	for n := range games {
		f, err := h.host.Follow(t.Context(), fmt.Sprint("r", n), room.NoSeat, 0)
		if err != nil {
			t.Fatal(err)
		}
		for {
			update, err := f.Next(ctx)
			if err != nil {
				break
			}
			for _, e := range update.Events {
				if result, ok := e.Data.(event.Result); ok {
					result.DurationSeconds = 0
					results[n] = result
				}
			}
		}
		if results[n].Outcome != event.Completed {
			t.Fatalf("game %d: %+v", n, results[n])
		}
	}
	return results
}

func TestGamesOfBotsRepeatWhateverTheScheduling(t *testing.T) {
	var first []event.Result
	for _, workers := range []int{1, 4, 4} {
		h := openHouse(t, workers, liaptui.Config{})
		results := h.results(t, 20)
		h.stop()
		if first == nil {
			first = results
		}
		if !reflect.DeepEqual(first, results) {
			t.Fatalf("with %d workers:\n%v, not\n%v", workers, results, first)
		}
	}
}
