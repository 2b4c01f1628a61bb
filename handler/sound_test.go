package handler_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// roomFault is an error that is none when it is nil, and panics when it is asked.
type roomFault struct{ room string }

func (f *roomFault) Error() string { return "no room " + f.room }

// An error that panics when it is put into words is a failure like any other.
func TestErrorThatPanics(t *testing.T) {
	var none *roomFault
	fails := func(context.Context, *pitboss.Delivery[string]) error { return none }
	inBatch := func(_ context.Context, batch []*pitboss.Delivery[string]) error {
		failed := handler.Failures{}
		for i := range batch {
			failed[i] = none
		}
		return failed.Err()
	}
	once := handler.Backoff{Attempts: 1}
	for name, run := range map[string]func(pitboss.Queue[string], pitboss.DeadLetters[string]) func(context.Context) error{
		"handler": func(q pitboss.Queue[string], dead pitboss.DeadLetters[string]) func(context.Context) error {
			return handler.Consumer[string]{Queue: q, DeadLetters: dead, Retry: once, Handler: fails}.Run
		},
		"fallback": func(q pitboss.Queue[string], dead pitboss.DeadLetters[string]) func(context.Context) error {
			missed := func(context.Context, *pitboss.Delivery[string]) error { return pitboss.ErrDeadlineMissed }
			return handler.Consumer[string]{Queue: q, DeadLetters: dead, Retry: once, Handler: missed, Fallback: fails}.Run
		},
		"batch": func(q pitboss.Queue[string], dead pitboss.DeadLetters[string]) func(context.Context) error {
			return handler.BatchConsumer[string]{Queue: q, DeadLetters: dead, Retry: once, Handler: inBatch}.Run
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, dead := newQueue(t, queue.Config[string]{}), &letters[string]{}
				enqueue(t, q, pitboss.Message[string]{Payload: "play"})
				stop := running(t, run(q, dead))
				time.Sleep(time.Second)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if s := q.Stats(); len(dead.all()) != 1 || s.Terminated != 1 {
					t.Errorf("letters %+v, stats %+v", dead.all(), s)
				}
			})
		})
	}
}

// forgetful dead letters cannot say what they have.
type forgetful struct {
	letters[string]
	known func() (bool, error)
}

func (f *forgetful) Known(context.Context, string, uint64, time.Time) (pitboss.Reason, bool, error) {
	found, err := f.known()
	return pitboss.ReasonFailed, found, err
}

// Dead letters that cannot say what they have keep nobody from working, and that
// is told.
func TestKeeperFails(t *testing.T) {
	broken := errors.New("broken")
	for name, known := range map[string]func() (bool, error){
		"error": func() (bool, error) { return true, broken },
		"panic": func() (bool, error) { panic(broken) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, told := newQueue(t, queue.Config[string]{}), &faults[string]{}
				enqueue(t, q, pitboss.Message[string]{Payload: "play"})
				stop := running(t, handler.Consumer[string]{
					Queue: q, DeadLetters: &forgetful{known: known}, OnError: told.hook, Concurrency: 1,
					Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
						if d.Attempt == 1 {
							return errors.New("not yet")
						}
						return nil
					},
				}.Run)
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				errs := told.all()
				if s := q.Stats(); s.Acked != 1 || !errors.Is(errors.Join(errs...), broken) {
					t.Errorf("stats %+v, told %v", s, errs)
				}
			})
		})
	}
}

// What a forged header says does not count attempts backwards.
func TestUsedAttempts(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "3": 3, "-3": 0, "three": 0, "9223372036854775807": 1<<31 - 1, "99999999999999999999": 0,
	} {
		if got := handler.UsedAttempts(map[string]string{handler.HeaderAttempts: text}); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := handler.UsedAttempts(nil); got != 0 {
		t.Errorf("without headers: %d", got)
	}
}
