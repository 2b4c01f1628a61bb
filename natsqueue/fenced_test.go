package natsqueue_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

// A write that is refused after an earlier attempt of its own went unanswered may
// be there. Only what surely is somebody else's fences.
func TestOutcomeOfAWriteWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	j := openJournal(t, s)
	own := []byte("own")
	if err := natsqueue.Outcome(ctx, j, "none", own, 0); !errors.Is(err, natsqueue.ErrUnsettled) {
		t.Errorf("still on its way to a new room: %v", err)
	}
	if err := natsqueue.Outcome(ctx, j, "none", own, 1); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("the room was forgotten: %v", err)
	}
	first, err := natsqueue.WriteRaw(ctx, j, "r", []byte("before"))
	must(t, err)
	if err := natsqueue.Outcome(ctx, j, "r", own, first); !errors.Is(err, natsqueue.ErrUnsettled) {
		t.Errorf("still on its way: %v", err)
	}
	_, err = natsqueue.WriteRaw(ctx, j, "r", own)
	must(t, err)
	must(t, natsqueue.Outcome(ctx, j, "r", own, first))
	if err := natsqueue.Outcome(ctx, j, "r", []byte("other"), first); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("somebody else's is there: %v", err)
	}
	s.Close()
	if err := natsqueue.Outcome(ctx, j, "r", own, first); !errors.Is(err, natsqueue.ErrUnsettled) {
		t.Errorf("nobody answers: %v", err)
	}
}

// However often the answer to a write is lost, each record is in the log once and
// in order, and its writer goes on.
func TestLostAnswersCostNoRecord(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	j, q := openJournal(t, s), openQueue(t, s, config{})
	const records = 20
	losing := func(write func() error) {
		t.Helper()
		lost, answered := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(lost)
			natsqueue.LoseAnswer(s, answered)
		}()
		err := write()
		close(answered)
		<-lost
		must(t, err)
	}
	want := ""
	for n := range uint64(records) {
		text := fmt.Sprint("r", n+1)
		losing(func() error { return j.Append(t.Context(), "r", n, n+1, []byte(text)) })
		losing(func() error {
			_, err := q.Enqueue(t.Context(), pitboss.Message[string]{Payload: text})
			return err
		})
		want += " " + text
	}
	if got := " " + readRoom(t, openJournal(t, s), "r", 0); got != want {
		t.Errorf("the journal is%s, want%s", got, want)
	}
	for n := range records {
		must(t, ack(get(t, q, fmt.Sprint("r", n+1))))
	}
}
