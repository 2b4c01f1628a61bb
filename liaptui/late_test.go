package liaptui_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// Bots think as long as they are told to, and a bot that could not think in
// time still moves, legally: no table hangs.
func TestLateBotsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := 0
		tasks, err := task.New(task.Config{Workers: 1, Observer: func(_ context.Context, r task.Report) {
			if r.Outcome == task.Late {
				late++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		host, err := room.NewHost(room.Config{Games: []room.Rules{liaptui.New(liaptui.Config{ResultsPause: time.Second})}})
		if err != nil {
			t.Fatal(err)
		}
		bots, err := liaptui.NewBots(liaptui.BotsConfig{
			Tasks: tasks, Submit: host.Submit, Think: time.Second, Deadline: time.Nanosecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		refusals := new(refusals)
		host.Observe(bots)
		host.Observe(refusals)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{}, 2)
		run := func(run func(context.Context) error) {
			go func() {
				_ = run(ctx)
				ended <- struct{}{}
			}()
		}
		run(host.Run)
		if _, err := host.Create(ctx, room.Spec{ID: "r", Game: liaptui.Name, Bots: 4, Seed: 1}); err != nil {
			t.Fatal(err)
		}
		// Nobody works, so the first task is late; and the second, which is the
		// room's asking again.
		time.Sleep(40 * time.Second)
		run(tasks.Run)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		info, _ := host.Info("r")
		if info.Result == nil || info.Result.Outcome != event.Completed {
			t.Errorf("the game is in %s", info.State)
		}
		if took := info.Last.Sub(info.CreatedAt); took < time.Minute {
			t.Errorf("the game took %v: nobody thought", took)
		}
		if late == 0 {
			t.Error("no bot was late: the test shows nothing")
		}
		if len(refusals.illegal) > 0 {
			t.Errorf("refused: %v", refusals.illegal)
		}
		cancel()
		<-ended
		<-ended
		_ = host.Queue().Close(ctx)
		_ = tasks.Close(ctx)
	})
}

// refusals keeps what was refused for another reason than being stale.
type refusals struct{ illegal []error }

func (r *refusals) Observe(c *room.Commit) {
	if c.Err != nil {
		if refusal, ok := c.Err.(*room.Refusal); !ok || refusal.Code != room.CodeStale {
			r.illegal = append(r.illegal, c.Err)
		}
	}
}
