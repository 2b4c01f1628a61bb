package queue

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var modelRuns = flag.Int("model.runs", 300, "random histories of the model test")

// Whatever is done to a queue, it is in the same state as a naive model to which
// the same was done: every delivery, refusal, drop, counter and preview.
func TestModel(t *testing.T) {
	seeds := []int{340, 406} // which failed once
	for seed := range *modelRuns {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		ok := t.Run("", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				newHistory(t, rand.New(rand.NewPCG(uint64(seed), 7))).play(400)
			})
		})
		if !ok {
			t.Fatalf("seed %d", seed)
		}
	}
}

// history is one sequence of operations on both, made up as it goes.
type history struct {
	*testing.T
	dice
	queue     *Memory[string]
	model     *model
	out       []flight
	ended     []pitboss.Delivery[string]
	consumers []*Consumer[string]
	drops     []string
	log       []string
}

// dice decides what happens next.
type dice interface{ IntN(n int) int }

type flight struct {
	delivery pitboss.Delivery[string]
	message  *modelMessage
}

func newHistory(t *testing.T, d dice) *history {
	h := &history{T: t, dice: d}
	c := Config[string]{Dropped: func(d Drop[string]) {
		h.drops = append(h.drops, fmt.Sprint(d.Payload, " ", d.Reason))
	}}
	priorities := h.IntN(2) == 0
	if h.IntN(2) == 0 {
		c.Capacity = 1 + h.IntN(20)
		c.Overflow = Overflow(h.IntN(3))
	}
	if h.IntN(3) == 0 {
		c.Visibility = h.duration()
	}
	if h.IntN(3) == 0 {
		c.DedupeWindow = h.duration()
	}
	if priorities && h.IntN(3) == 0 {
		c.Ageing = h.duration()
	}
	if priorities && h.IntN(3) == 0 {
		c.EarliestDeadlineFirst = true
	}
	c.OrderByKey = h.IntN(3) == 0
	var err error
	if h.queue, err = newMemory(c, priorities); err != nil {
		t.Fatal(err)
	}
	h.model = &model{
		priorities: priorities,
		keyed:      c.OrderByKey,
		edf:        c.EarliestDeadlineFirst,
		ageing:     int64(c.Ageing),
		visibility: int64(c.Visibility),
		capacity:   c.Capacity,
		overflow:   c.Overflow,
		window:     int64(c.DedupeWindow),
		keys:       map[string]*modelKey{},
		seen:       map[string]modelSighting{},
	}
	h.note("%+v", *h.model)
	return h
}

func (h *history) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf(format, args...))
}

func (h *history) fail(format string, args ...any) {
	h.Helper()
	for _, line := range h.log {
		h.Log(line)
	}
	h.Fatalf(format, args...)
}

// duration is some tens of milliseconds, so that the coarse clock has time to
// settle in between and many things fall due together.
func (h *history) duration() time.Duration {
	return time.Duration(1+h.IntN(12)) * 10 * time.Millisecond
}

func (h *history) play(steps int) {
	for step := range steps {
		h.step(step)
	}
	h.wind()
}

// step does one thing to both and compares them.
func (h *history) step(step int) {
	switch n := h.IntN(100); {
	case n < 35:
		h.enqueue(fmt.Sprint("m", step))
	case n < 40:
		h.enqueueBatch(step)
	case n < 58:
		h.dequeue()
	case n < 63:
		h.dequeueBatch()
	case n < 88:
		h.end()
	case n < 94:
		d := h.duration() - 10*time.Millisecond
		h.note("sleep %v", d)
		time.Sleep(d)
		h.model.advance(d)
	case n < 95:
		h.closeConsumer()
	case n < 96 && h.IntN(4) == 0:
		h.note("order by key")
		h.queue.OrderByKey()
		h.model.orderByKey()
	case n < 97 && h.IntN(4) == 0:
		h.note("clear")
		if got, want := h.queue.Clear(), h.model.clear(); got != want {
			h.fail("cleared %d, want %d", got, want)
		}
	case n < 98:
		h.endAgain()
	}
	h.compare()
}

func (h *history) message(payload string) pitboss.Message[string] {
	m := pitboss.Message[string]{Payload: payload, Priority: pitboss.PriorityAt(h.IntN(5))}
	if h.IntN(2) == 0 {
		m.Key = string(rune('a' + h.IntN(4)))
	}
	if h.IntN(5) == 0 {
		m.ID = fmt.Sprint("id", h.IntN(6))
	}
	if h.IntN(5) == 0 {
		m.Delay = h.duration()
	}
	if h.IntN(5) == 0 {
		m.TTL = h.duration()
	}
	if h.IntN(4) == 0 {
		m.Deadline = time.Now().Add(h.duration() - 20*time.Millisecond)
	}
	return m
}

// over is a context that does not let a producer wait.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func (h *history) enqueue(payload string) {
	m := h.message(payload)
	got, err := h.queue.Enqueue(over(), m)
	want, wantErr := h.model.enqueue(m)
	if wantErr == errWait {
		wantErr = context.Canceled
	}
	h.note("enqueue %+v: %v, %v", m, want, wantErr)
	if got != want || !same(err, wantErr) {
		h.fail("got %+v, %v", got, err)
	}
}

func (h *history) enqueueBatch(step int) {
	var batch []pitboss.Message[string]
	for i := range h.IntN(6) {
		batch = append(batch, h.message(fmt.Sprint("b", step, ".", i)))
	}
	n, err := h.queue.EnqueueBatch(over(), batch)
	want, wantErr := 0, error(nil)
	for _, m := range batch {
		if _, wantErr = h.model.enqueue(m); wantErr != nil {
			break
		}
		want++
	}
	if wantErr == errWait {
		wantErr = context.Canceled
	}
	h.note("enqueue batch %+v: %d, %v", batch, want, wantErr)
	if n != want || !same(err, wantErr) {
		h.fail("got %d, %v", n, err)
	}
}

// consumer is none, or one of a few.
func (h *history) consumer() (*Consumer[string], int) {
	if h.IntN(3) > 0 {
		return nil, 0
	}
	if len(h.consumers) == 0 || h.IntN(4) == 0 {
		h.consumers = append(h.consumers, h.queue.Consumer())
	}
	n := h.IntN(len(h.consumers))
	return h.consumers[n], int(h.consumers[n].owner)
}

func (h *history) dequeue() {
	c, owner := h.consumer()
	want := h.model.dequeue(owner)
	h.note("dequeue: %+v", want)
	if want == nil {
		ctx, cancel := context.WithTimeout(h.Context(), 0)
		defer cancel()
		if d, err := h.queue.Dequeue(ctx); err == nil {
			h.fail("got %+v", d)
		}
		return
	}
	var d pitboss.Delivery[string]
	var err error
	if len(h.queue.Peek(1)) == 0 {
		h.fail("nothing to peek at")
	}
	if c == nil {
		d, err = h.queue.Dequeue(h.Context())
	} else {
		d, err = c.Dequeue(h.Context())
	}
	if err != nil {
		h.fail("%v", err)
	}
	h.delivered(d, want)
}

func (h *history) delivered(d pitboss.Delivery[string], want *modelMessage) {
	at := h.queue.clock.time(want.at)
	if d.Payload != want.message.Payload || d.Sequence != want.sequence || d.Attempt != want.attempt ||
		!d.EnqueuedAt.Equal(at) || !slices.Equal(d.History, want.history) {
		h.fail("got %+v, want %+v", d, want)
	}
	h.out = append(h.out, flight{d, want})
}

func (h *history) dequeueBatch() {
	c, owner := h.consumer()
	into := make([]pitboss.Delivery[string], 1+h.IntN(8))
	var want []*modelMessage
	for range into {
		x := h.model.dequeue(owner)
		if x == nil {
			break
		}
		want = append(want, x)
	}
	h.note("dequeue batch: %d", len(want))
	if len(want) == 0 {
		return
	}
	var n int
	var err error
	if c == nil {
		n, err = h.queue.DequeueBatch(h.Context(), into)
	} else {
		n, err = c.DequeueBatch(h.Context(), into)
	}
	if err != nil || n != len(want) {
		h.fail("got %d, %v", n, err)
	}
	for i, x := range want {
		h.delivered(into[i], x)
	}
}

func (h *history) end() {
	if len(h.out) == 0 {
		return
	}
	i := h.IntN(len(h.out))
	f := h.out[i]
	h.out = slices.Delete(h.out, i, i+1)
	var got, want error
	if !slices.Contains(h.model.flights, f.message) || f.delivery.Attempt != f.message.attempt {
		want = pitboss.ErrEnded // its lease ended
	}
	switch n := h.IntN(10); {
	case n < 5:
		h.note("ack %s: %v", f.delivery.Payload, want)
		got = f.delivery.Ack()
		if want == nil {
			h.model.ack(f.message)
		}
	case n < 6:
		h.note("term %s: %v", f.delivery.Payload, want)
		got = f.delivery.Term(pitboss.ReasonFailed)
		if want == nil {
			h.model.term(f.message)
		}
	default:
		r := pitboss.Retry{Pass: h.IntN(3) == 0}
		if h.IntN(2) == 0 {
			r.Delay = h.duration()
		}
		if h.IntN(2) == 0 {
			r.Attempt.Error = fmt.Sprint("fault ", f.delivery.Attempt)
		}
		h.note("nak %s %+v: %v", f.delivery.Payload, r, want)
		got = f.delivery.Retry(r)
		if want == nil {
			h.model.nak(f.message, r)
		}
	}
	if !same(got, want) {
		h.fail("got %v", got)
	}
	h.ended = append(h.ended, f.delivery)
}

// endAgain ends what was ended long ago, perhaps with its entry in use again.
func (h *history) endAgain() {
	if len(h.ended) == 0 {
		return
	}
	d := h.ended[h.IntN(len(h.ended))]
	for _, err := range []error{d.Ack(), d.Nak(0), d.Term(pitboss.ReasonFailed)} {
		if !same(err, pitboss.ErrEnded) {
			h.fail("ended %s again: %v", d.Payload, err)
		}
	}
}

func (h *history) closeConsumer() {
	if len(h.consumers) == 0 {
		return
	}
	c := h.consumers[0]
	h.consumers = h.consumers[1:]
	h.note("close consumer %d", c.owner)
	if got, want := c.Close(), h.model.handBack(int(c.owner)); got != want {
		h.fail("handed back %d, want %d", got, want)
	}
}

// compare checks all that can be seen.
func (h *history) compare() {
	synctest.Wait()
	got, want := h.queue.Stats(), h.model.snapshot()
	for _, x := range h.model.all {
		if x.state == stateReady && x.attempt > 0 && got.Oldest < want.Oldest {
			want.Oldest = got.Oldest // not exact where messages were handed back
		}
	}
	if got != want {
		h.fail("stats %+v, want %+v", got, want)
	}
	if !slices.Equal(h.drops, h.model.drops) {
		h.fail("dropped %v, want %v", h.drops, h.model.drops)
	}
	var peeked []string
	for _, m := range h.queue.Peek(1000) {
		peeked = append(peeked, m.Payload)
	}
	if want := h.model.peek(); !slices.Equal(peeked, want) {
		h.fail("peeked at %v, want %v", peeked, want)
	}
}

// wind ends all and checks that the queue holds on to nothing.
func (h *history) wind() {
	q := h.queue
	for i := range h.out {
		_ = h.out[i].delivery.Ack() // some have ended
	}
	q.Clear()
	if s := q.Stats(); s.Len()+s.InFlight+s.Delayed != 0 || q.slab.live != 0 {
		h.fail("left %+v, %d entries", s, q.slab.live)
	}
	if q.timers.count != 0 || q.flights != (list{}) || q.order.occupied != 0 || len(q.order.keys.index) != 0 {
		h.fail("structures are not empty: %+v", q)
	}
	for _, b := range q.blocks {
		for i := range b.payloads {
			if b.payloads[i] != "" || b.details[i].history != nil {
				h.fail("entry %d keeps %q, %v", i, b.payloads[i], b.details[i].history)
			}
			if b.options != nil && !reflect.DeepEqual(b.options[i], options{}) {
				h.fail("entry %d keeps %+v", i, b.options[i])
			}
		}
	}
	if err := q.Close(h.Context()); err != nil {
		h.fail("%v", err)
	}
}
