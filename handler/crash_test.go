package handler_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

var errDead = errors.New("the process is dead")

// fate strikes at one step of a consumer's life: it cancels the consumer's
// context, or kills the consumer so that nothing it does has an effect any
// more.
type fate struct {
	mu    sync.Mutex
	at    int // the step at which it strikes
	kills bool
	steps int
	dead  bool
	stop  context.CancelFunc
}

// step counts one step and reports whether the consumer is dead.
func (f *fate) step() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.steps++; f.steps == f.at {
		f.dead = f.kills
		f.stop()
	}
	if f.dead {
		return errDead
	}
	return nil
}

// around does an operation between two steps: death may come before it has an
// effect, or after that and before anybody hears of it.
func (f *fate) around(do func() error) error {
	if err := f.step(); err != nil {
		return err
	}
	err := do()
	if dead := f.step(); dead != nil {
		return dead
	}
	return err
}

// mortalQueue is a queue as a mortal consumer sees it.
type mortalQueue struct {
	*queue.Memory[string]
	fate *fate

	mu   sync.Mutex
	out  map[uint64]pitboss.Delivery[string]
	last uint64
}

func (q *mortalQueue) DequeueBatch(ctx context.Context, into []pitboss.Delivery[string]) (n int, err error) {
	err = q.fate.around(func() error {
		n, err = q.Memory.DequeueBatch(ctx, into)
		return err
	})
	if errors.Is(err, errDead) {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range into[:n] {
		q.last++
		q.out[q.last] = into[i]
		into[i].Bind(q, q.last)
	}
	return n, err
}

func (q *mortalQueue) end(token uint64, how func(*pitboss.Delivery[string]) error) error {
	q.mu.Lock()
	d := q.out[token]
	q.mu.Unlock()
	return q.fate.around(func() error { return how(&d) })
}

func (q *mortalQueue) Ack(token uint64) error {
	return q.end(token, (*pitboss.Delivery[string]).Ack)
}

func (q *mortalQueue) Nak(token uint64, r pitboss.Retry) error {
	return q.end(token, func(d *pitboss.Delivery[string]) error { return d.Retry(r) })
}

func (q *mortalQueue) Term(token uint64, reason pitboss.Reason) error {
	return q.end(token, func(d *pitboss.Delivery[string]) error { return d.Term(reason) })
}

// mortalLetters are dead letters as a mortal consumer sees them.
type mortalLetters struct {
	*deadletter.Store[string]
	fate *fate
}

func (l mortalLetters) Put(ctx context.Context, letter pitboss.DeadLetter[string]) error {
	return l.fate.around(func() error { return l.Store.Put(ctx, letter) })
}

// tally is what became of messages, as far as the outside can tell.
type tally struct {
	mu    sync.Mutex
	calls map[string]int
}

func (y *tally) handler(f *fate) pitboss.Handler[string] {
	return func(_ context.Context, d *pitboss.Delivery[string]) error {
		return f.around(func() error {
			y.mu.Lock()
			defer y.mu.Unlock()
			y.calls[d.Payload]++
			switch d.Payload {
			case "doomed":
				return errors.New("never works")
			case "broken":
				return pitboss.Permanent(errors.New("broken"))
			case "flaky":
				if y.calls[d.Payload] < 3 {
					return errors.New("not yet")
				}
			case "treacherous": // would work right after it was given up on
				if y.calls[d.Payload] <= 3 {
					return errors.New("not while it matters")
				}
			}
			return nil
		})
	}
}

// Whatever step a consumer is cancelled or killed at, every message is in the
// end either handled or a dead letter, and never both.
func TestCrashAtEveryStep(t *testing.T) {
	payloads := []string{"fine", "flaky", "broken", "doomed", "treacherous", "fine too"}
	for _, kills := range []bool{false, true} {
		for _, mode := range []handler.OnRetry{handler.Hold, handler.Pass, handler.Park} {
			t.Run(fmt.Sprintf("kills=%v/%v", kills, mode), func(t *testing.T) {
				steps := 0 // of a life that fate lets be
				for at := 0; at <= steps; at++ {
					synctest.Test(t, func(t *testing.T) {
						lived := liveTwice(t, payloads, &fate{at: at, kills: kills}, mode)
						if at == 0 {
							steps = lived
						}
					})
					if t.Failed() {
						t.Fatalf("at step %d", at)
					}
				}
				t.Logf("struck at each of %d steps", steps)
			})
		}
	}
}

// liveTwice runs a consumer until fate strikes, then an immortal one until all
// is done, and checks the outcome. It returns the number of steps of the first.
func liveTwice(t *testing.T, payloads []string, f *fate, mode handler.OnRetry) int {
	t.Helper()
	q, err := queue.NewFIFO(queue.Config[string]{Visibility: time.Minute, DedupeWindow: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	dead, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into(q)},
	})
	if err != nil {
		t.Fatal(err)
	}
	stopStore := running(t, dead.Run)
	for i, p := range payloads {
		enqueue(t, q, pitboss.Message[string]{Payload: p, Key: fmt.Sprint(i % 2)})
	}
	y := &tally{calls: map[string]int{}}
	consumer := func(f *fate) handler.Consumer[string] {
		return handler.Consumer[string]{
			Name: "moves", Concurrency: 2, Prefetch: 2, Order: handler.ByKey, OnRetry: mode,
			Queue:       &mortalQueue{Memory: q, fate: f, out: map[uint64]pitboss.Delivery[string]{}},
			DeadLetters: mortalLetters{dead, f},
			Retry:       handler.Backoff{First: time.Second, Attempts: 3, Jitter: handler.NoJitter},
			Handler:     y.handler(f),
			OnError:     func(context.Context, *pitboss.Delivery[string], error) {},
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	f.stop = cancel
	if err := consumer(f).Run(ctx); err != nil && !errors.Is(err, errDead) {
		t.Errorf("first life: %v", err)
	}
	cancel()
	immortal := &fate{stop: func() {}}
	ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := consumer(immortal).Run(ctx); err != nil {
		t.Errorf("second life: %v", err)
	}
	if err := stopStore(); err != nil {
		t.Error(err)
	}

	kept, _, err := dead.List(deadletter.Filter{State: deadletter.AnyState})
	if err != nil {
		t.Fatal(err)
	}
	buried := map[string]int{}
	for _, l := range kept {
		if l.State == deadletter.Held {
			buried[l.Message.Payload]++
		}
	}
	s := q.Stats()
	if s.InFlight+s.Delayed+s.Len() != 0 || s.Expired+s.Dropped != 0 {
		t.Errorf("left behind: %+v", s)
	}
	// Each message is acknowledged or a dead letter: with every letter counted
	// once, the acknowledged are those that remain.
	total := 0
	for p, n := range buried {
		if n != 1 || p == "fine" || p == "fine too" {
			t.Errorf("%q has %d dead letters", p, n)
		}
		total += n
	}
	if int(s.Acked)+total != len(payloads) {
		t.Errorf("%d acknowledged and %d dead letters of %d messages: %v", s.Acked, total, len(payloads), buried)
	}
	if buried["doomed"] != 1 || buried["broken"] != 1 {
		t.Errorf("dead letters %v", buried)
	}
	return f.steps
}
