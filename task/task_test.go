package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/task"
)

func TestTaskRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen reports
		p := newProcessor(t, task.Config{Observer: seen.observe})
		var got move
		var id string
		register(t, p, "bot.move", func(ctx context.Context, m move) error {
			got, id = m, correlation.From(ctx)
			time.Sleep(3 * time.Millisecond)
			return nil
		}, task.Options{})
		stop := running(t, p)
		ctx := correlation.With(t.Context(), "c5")
		if err := p.Submit(ctx, task.Task{Type: "bot.move", Payload: move{2, "HORSE_RED"}, Delay: time.Second}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		if got != (move{2, "HORSE_RED"}) || id != "c5" {
			t.Errorf("ran with %v under %q", got, id)
		}
		all := seen.all()
		if !slices.Equal(seen.outcomes(), []task.Outcome{task.Submitted, task.Completed}) {
			t.Fatalf("reports %+v", all)
		}
		done := all[1] // after a delay
		if done.Duration != 3*time.Millisecond || done.Waited != time.Second || done.Attempt != 1 || done.Err != nil ||
			done.Task.Payload != (move{2, "HORSE_RED"}) || done.Task.CorrelationID != "c5" {
			t.Errorf("report %+v", done)
		}
	})
}

func TestMostUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcessor(t, task.Config{Workers: 1})
		var ran []pitboss.Priority
		register(t, p, "x", func(_ context.Context, level pitboss.Priority) error {
			ran = append(ran, level)
			return nil
		}, task.Options{})
		for level := pitboss.Background; level <= pitboss.Critical; level++ {
			submit(t, p, task.Task{Type: "x", Priority: level, Payload: level})
		}
		stop := running(t, p)
		synctest.Wait()
		stop()
		want := []pitboss.Priority{pitboss.Critical, pitboss.High, pitboss.Normal, pitboss.Low, pitboss.Background}
		if !slices.Equal(ran, want) {
			t.Errorf("ran %v", ran)
		}
	})
}

func TestSubmitRefuses(t *testing.T) {
	p := newProcessor(t, task.Config{Memory: queue.Config[task.Work]{Capacity: 1}})
	register(t, p, "bot.move", func(context.Context, move) error { return nil }, task.Options{})
	register(t, p, "any", func(context.Context, any) error { return nil }, task.Options{})
	ctx := t.Context()
	for name, tt := range map[string]struct {
		task task.Task
		want error
	}{
		"no type":        {task.Task{Payload: move{}}, pitboss.ErrInvalid},
		"wrong payload":  {task.Task{Type: "bot.move", Payload: "up"}, pitboss.ErrInvalid},
		"no payload":     {task.Task{Type: "bot.move"}, pitboss.ErrInvalid},
		"pointer":        {task.Task{Type: "bot.move", Payload: &move{}}, pitboss.ErrInvalid},
		"wrong delay":    {task.Task{Type: "bot.move", Payload: move{}, Delay: -1}, pitboss.ErrInvalid},
		"wrong priority": {task.Task{Type: "bot.move", Payload: move{}, Priority: 9}, pitboss.ErrInvalid},
	} {
		if err := p.Submit(ctx, tt.task); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := p.Submit(ctx, task.Task{Type: "any"}); err != nil {
		t.Errorf("nil for an interface: %v", err)
	}
	if err := p.Submit(ctx, task.Task{Type: "any"}); !errors.Is(err, pitboss.ErrFull) {
		t.Errorf("full: got %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := p.Close(ended); !errors.Is(err, pitboss.ErrUndrained) {
		t.Errorf("close: %v", err)
	}
	if err := p.Submit(ctx, task.Task{Type: "any"}); !errors.Is(err, pitboss.ErrClosed) {
		t.Errorf("closed: got %v", err)
	}
}

// A task may be all in its type.
func TestTaskWithoutPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcessor(t, task.Config{Workers: 1})
		var ran []string
		register(t, p, "sweep", func(context.Context, struct{}) error { ran = append(ran, "sweep"); return nil }, task.Options{})
		register(t, p, "pointer", func(_ context.Context, m *move) error { ran = append(ran, fmt.Sprint(m)); return nil }, task.Options{})
		register(t, p, "map", func(_ context.Context, m map[string]int) error { ran = append(ran, fmt.Sprint(len(m))); return nil }, task.Options{})
		stop := running(t, p)
		submit(t, p, task.Task{Type: "sweep"}, task.Task{Type: "sweep", Payload: struct{}{}}, task.Task{Type: "pointer"}, task.Task{Type: "map"})
		time.Sleep(time.Minute)
		stop()
		if want := []string{"sweep", "sweep", "<nil>", "0"}; !slices.Equal(ran, want) {
			t.Errorf("ran %v, want %v", ran, want)
		}
	})
}

func TestRegisterRefuses(t *testing.T) {
	p := newProcessor(t, task.Config{})
	run := func(context.Context, int) error { return nil }
	register(t, p, "x", run, task.Options{})
	for name, err := range map[string]error{
		"twice":        task.Register(p, "x", run, task.Options{}),
		"no type":      task.Register(p, "", run, task.Options{}),
		"no function":  task.Register[int](p, "y", nil, task.Options{}),
		"timeout":      task.Register(p, "y", run, task.Options{Timeout: -1}),
		"retry policy": task.Register(p, "y", run, task.Options{Retry: &handler.Backoff{Attempts: -1}}),
	} {
		if !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]task.Config{
		"workers":  {Workers: -1},
		"retry":    {Retry: handler.Backoff{Factor: 0.5}},
		"park":     {OnRetry: handler.Park},
		"memory":   {Memory: queue.Config[task.Work]{Capacity: -1}},
		"prefetch": {Prefetch: -1},
	} {
		if _, err := task.New(c); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := task.New(task.Config{Workers: -1, Prefetch: -1, Memory: queue.Config[task.Work]{Capacity: -1}})
	for _, fault := range []string{"workers: -1", "prefetch: -1", "capacity: -1"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not tell of %s", err, fault)
		}
	}
	if strings.Contains(err.Error(), "concurrency") {
		t.Errorf("workers are not called what they are: %v", err)
	}
}

func TestUnknownType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := newLetters(t)
		var seen reports
		p := newProcessor(t, task.Config{DeadLetters: dead, Observer: seen.observe})
		stop := running(t, p)
		submit(t, p, task.Task{Type: "unheard.of", Payload: 1, Key: "room", CorrelationID: "c"})
		time.Sleep(time.Minute)
		stop()
		list := held(t, dead)
		if len(list) != 1 || list[0].Reason != pitboss.ReasonNoHandler || list[0].Queue != "tasks" ||
			list[0].Message.Payload != (task.Work{Type: "unheard.of", Payload: 1}) || list[0].Message.Topic != "unheard.of" {
			t.Errorf("letters %+v", list)
		}
		if !slices.Equal(seen.outcomes(), []task.Outcome{task.Submitted, task.Failed}) {
			t.Errorf("reports %+v", seen.all())
		}
	})
}

func TestTaskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := newLetters(t)
		var seen reports
		p := newProcessor(t, task.Config{
			DeadLetters: dead, Observer: seen.observe, Workers: 1,
			Retry: handler.Backoff{First: time.Second, Attempts: 3, Jitter: handler.NoJitter},
		})
		fails := func(context.Context, int) error { return errors.New("no") }
		register(t, p, "stubborn", fails, task.Options{})
		register(t, p, "once", fails, task.Options{Retry: &handler.Backoff{Attempts: 1}})
		register(t, p, "panics", func(context.Context, int) error { panic("tilt") }, task.Options{Retry: &handler.Backoff{Attempts: 1}})
		stop := running(t, p)
		submit(t, p, task.Task{Type: "stubborn", Payload: 1}, task.Task{Type: "once", Payload: 1}, task.Task{Type: "panics", Payload: 1})
		time.Sleep(time.Minute)
		stop()
		outcomes := map[string][]task.Outcome{}
		for _, r := range seen.all() {
			outcomes[r.Task.Type] = append(outcomes[r.Task.Type], r.Outcome)
		}
		for taskType, want := range map[string][]task.Outcome{
			"stubborn": {task.Submitted, task.Retried, task.Retried, task.Failed},
			"once":     {task.Submitted, task.Failed},
			"panics":   {task.Submitted, task.Failed},
		} {
			if !slices.Equal(submittedFirst(outcomes[taskType]), want) {
				t.Errorf("%s: %v", taskType, outcomes[taskType])
			}
		}
		if list := held(t, dead); len(list) != 3 {
			t.Errorf("letters %+v", list)
		}
	})
}

func TestTimeoutOfAType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcessor(t, task.Config{Retry: handler.Backoff{Attempts: 1}, OnError: func(context.Context, error) {}})
		var took time.Duration
		register(t, p, "slow", func(ctx context.Context, _ int) error {
			start := time.Now()
			<-ctx.Done()
			took = time.Since(start)
			return ctx.Err()
		}, task.Options{Timeout: 5 * time.Millisecond})
		stop := running(t, p)
		submit(t, p, task.Task{Type: "slow", Payload: 1})
		time.Sleep(time.Second)
		stop()
		if took != 5*time.Millisecond {
			t.Errorf("ended after %v", took)
		}
	})
}

// Late work never runs, whether it waits in the queue or comes late to the
// worker, and somebody always disposes of it.
func TestLate(t *testing.T) {
	for _, where := range []string{"type", "processor", "nobody"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dead := newLetters(t)
				var seen reports
				var late []string
				hook := func(name string) func(context.Context, task.Task) {
					return func(ctx context.Context, tk task.Task) {
						late = append(late, name)
						if tk.Payload != 7 || correlation.From(ctx) != "c" {
							t.Errorf("late hook got %+v", tk)
						}
					}
				}
				c := task.Config{DeadLetters: dead, Observer: seen.observe, Workers: 1}
				var o task.Options
				switch where {
				case "type":
					c.Late, o.Late = hook("processor"), hook("type")
				case "processor":
					c.Late = hook("processor")
				}
				p := newProcessor(t, c)
				register(t, p, "quick", func(context.Context, int) error {
					t.Error("late work ran")
					return nil
				}, o)
				register(t, p, "slow", func(context.Context, int) error {
					time.Sleep(time.Second)
					return nil
				}, task.Options{})
				submit(t, p, task.Task{Type: "slow", Payload: 1, Priority: pitboss.Critical},
					task.Task{Type: "quick", Payload: 7, Deadline: time.Now().Add(5 * time.Millisecond), CorrelationID: "c"})
				stop := running(t, p)
				time.Sleep(time.Minute)
				stop()

				outcomes := seen.outcomes()
				if !slices.Contains(outcomes, task.Late) || len(outcomes) != 4 {
					t.Errorf("reports %v", outcomes)
				}
				list := held(t, dead)
				if where == "nobody" {
					if len(list) != 1 || list[0].Reason != pitboss.ReasonDeadline {
						t.Errorf("letters %+v", list)
					}
				} else if !slices.Equal(late, []string{where}) || len(list) != 0 {
					t.Errorf("late %v, letters %+v", late, list)
				}
			})
		})
	}
}

// A task that runs out of time while it runs is late, too.
func TestLateWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen reports
		var late time.Time
		p := newProcessor(t, task.Config{Observer: seen.observe, Late: func(context.Context, task.Task) { late = time.Now() }})
		register(t, p, "think", func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}, task.Options{})
		stop := running(t, p)
		end := time.Now().Add(5 * time.Millisecond)
		submit(t, p, task.Task{Type: "think", Payload: 1, Deadline: end})
		time.Sleep(time.Minute)
		stop()
		if !late.Equal(end) || !slices.Equal(seen.outcomes(), []task.Outcome{task.Submitted, task.Late}) {
			t.Errorf("late at %v, %v", late, seen.outcomes())
		}
	})
}

func TestEncodedPayloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := newLetters(t)
		p := newProcessor(t, task.Config{DeadLetters: dead, Workers: 1})
		var got []move
		register(t, p, "bot.move", func(_ context.Context, m move) error {
			got = append(got, m)
			return nil
		}, task.Options{})
		stop := running(t, p)
		submit(t, p,
			task.Task{Type: "bot.move", Payload: json.RawMessage(`{"seat":1,"piece":"A"}`)},
			task.Task{Type: "bot.move", Payload: []byte(`{"seat":2,"piece":"B"}`)},
			task.Task{Type: "bot.move", Payload: []byte(`{"seat":`)})
		// Past the check of Submit, as from another process.
		if _, err := p.Queue().Enqueue(t.Context(), pitboss.Message[task.Work]{Payload: task.Work{Type: "bot.move", Payload: 5}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		if !slices.Equal(got, []move{{1, "A"}, {2, "B"}}) {
			t.Errorf("got %v", got)
		}
		list := held(t, dead)
		if len(list) != 2 || list[0].Reason != pitboss.ReasonInvalid || list[1].Reason != pitboss.ReasonInvalid {
			t.Errorf("letters %+v", list)
		}
	})
}

func TestDroppedTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := newLetters(t)
		var seen reports
		var told atomic.Int32
		p := newProcessor(t, task.Config{
			DeadLetters: dead, Observer: seen.observe,
			Memory: queue.Config[task.Work]{Capacity: 1, Overflow: queue.DropOldest, Dropped: func(queue.Drop[task.Work]) { told.Add(1) }},
		})
		submit(t, p, task.Task{Type: "a"}, task.Task{Type: "b"})
		p.Queue().(pitboss.Inspector[task.Work]).Clear()
		submit(t, p, task.Task{Type: "c", TTL: time.Second})
		time.Sleep(time.Minute)
		got := map[string]task.Outcome{}
		for _, r := range seen.all() {
			got[r.Task.Type] = r.Outcome
		}
		if got["a"] != task.Failed || got["b"] != task.Failed || got["c"] != task.Late || told.Load() != 3 {
			t.Errorf("outcomes %v, hook told %d", got, told.Load())
		}
		reasons := map[string]pitboss.Reason{}
		for _, l := range held(t, dead) {
			reasons[l.Message.Payload.Type] = l.Reason
		}
		if len(reasons) != 2 || reasons["a"] != pitboss.ReasonOverflow || reasons["c"] != pitboss.ReasonTTL {
			t.Errorf("letters %v", reasons)
		}
	})
}

// Hooks that panic change no outcome.
func TestHooksPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := newLetters(t)
		var mu sync.Mutex
		faults := 0
		p := newProcessor(t, task.Config{
			DeadLetters: dead,
			Observer:    func(context.Context, task.Report) { panic("observer") },
			Late:        func(context.Context, task.Task) { panic("late") },
			OnError: func(context.Context, error) {
				mu.Lock()
				defer mu.Unlock()
				faults++
			},
		})
		runs := 0
		register(t, p, "x", func(context.Context, int) error { runs++; return nil }, task.Options{})
		submit(t, p, task.Task{Type: "x", Payload: 1}, task.Task{Type: "x", Payload: 2, Delay: time.Hour, Deadline: time.Now().Add(time.Second)})
		stop := running(t, p)
		time.Sleep(2 * time.Hour)
		stop()
		if runs != 1 || faults == 0 {
			t.Errorf("%d runs, %d faults", runs, faults)
		}
		if list := held(t, dead); len(list) != 1 || list[0].Reason != pitboss.ReasonDeadline {
			t.Errorf("letters %+v", list)
		}
	})
}

func TestMiddlewareAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrapped := 0
		p := newProcessor(t, task.Config{
			Workers: 4, Order: handler.ByKey,
			Middleware: []pitboss.Middleware[task.Work]{func(next pitboss.Handler[task.Work]) pitboss.Handler[task.Work] {
				return func(ctx context.Context, d *pitboss.Delivery[task.Work]) error {
					wrapped++
					return next(ctx, d)
				}
			}},
		})
		var ran []int
		register(t, p, "x", func(_ context.Context, n int) error {
			time.Sleep(time.Duration(10-n) * time.Millisecond)
			ran = append(ran, n)
			return nil
		}, task.Options{})
		for n := range 10 {
			submit(t, p, task.Task{Type: "x", Key: "room", Payload: n})
		}
		stop := running(t, p)
		time.Sleep(time.Minute)
		stop()
		if !slices.Equal(ran, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) || wrapped != 10 {
			t.Errorf("ran %v, wrapped %d", ran, wrapped)
		}
	})
}

// Submitting an ID again is one task and one report.
func TestDuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen reports
		p := newProcessor(t, task.Config{Observer: seen.observe, Memory: queue.Config[task.Work]{DedupeWindow: time.Hour}})
		register(t, p, "x", func(context.Context, int) error { return nil }, task.Options{})
		submit(t, p, task.Task{Type: "x", ID: "1", Payload: 1}, task.Task{Type: "x", ID: "1", Payload: 1})
		stop := running(t, p)
		synctest.Wait()
		stop()
		if !slices.Equal(seen.outcomes(), []task.Outcome{task.Submitted, task.Completed}) {
			t.Errorf("reports %v", seen.outcomes())
		}
	})
}

// Whatever happens to tasks, each has exactly one final outcome, and every
// failed one a dead letter.
func TestOneFinalOutcomeEach(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			dead, err := deadletter.New(deadletter.Config[task.Work]{})
			if err != nil {
				t.Fatal(err)
			}
			var seen reports
			p := newProcessor(t, task.Config{
				Workers: 3, DeadLetters: dead, Observer: seen.observe, Order: handler.Order(r.IntN(2)), Prefetch: 1 + r.IntN(4),
				OnRetry: handler.OnRetry(r.IntN(2)),
				Retry:   handler.Backoff{First: 10 * time.Millisecond, Attempts: 3},
			})
			var mu sync.Mutex
			register(t, p, "x", func(ctx context.Context, _ int) error {
				mu.Lock()
				chance, pause := r.IntN(10), time.Duration(r.IntN(20))*time.Millisecond
				mu.Unlock()
				select {
				case <-time.After(pause):
				case <-ctx.Done():
					return ctx.Err()
				}
				switch {
				case chance < 3:
					return errors.New("no")
				case chance == 3:
					return pitboss.Permanent(errors.New("never"))
				case chance == 4:
					panic("tilt")
				}
				return nil
			}, task.Options{})
			stop := running(t, p)
			const tasks = 200
			for n := range tasks {
				mu.Lock()
				tk := task.Task{
					Type: "x", ID: fmt.Sprint(n), Payload: n, Key: fmt.Sprint(r.IntN(5)),
					Priority: pitboss.PriorityAt(r.IntN(pitboss.Priorities)), Delay: time.Duration(r.IntN(50)) * time.Millisecond,
				}
				if r.IntN(3) == 0 {
					tk.Deadline = time.Now().Add(time.Duration(r.IntN(300)) * time.Millisecond)
				}
				mu.Unlock()
				submit(t, p, tk)
			}
			time.Sleep(time.Hour)
			stop()
			final := map[string][]task.Outcome{}
			given := 0
			for _, report := range seen.all() {
				switch report.Outcome {
				case task.Failed, task.Late:
					given++
					fallthrough
				case task.Completed:
					final[report.Task.ID] = append(final[report.Task.ID], report.Outcome)
				}
			}
			for id, outcomes := range final {
				if len(outcomes) != 1 {
					t.Errorf("task %s: %v", id, outcomes)
				}
			}
			if len(final) != tasks || dead.Stats().Held != given {
				t.Errorf("%d of %d tasks ended, %d given up, %d dead letters", len(final), tasks, given, dead.Stats().Held)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
