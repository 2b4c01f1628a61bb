package natsqueue_test

import (
	"errors"
	"fmt"
	"sync"
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

// However many answers are lost, each record is in the journal once and in order,
// and its writer goes on.
func TestLostAnswersCostNoRecord(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	j, q := openJournal(t, s), openQueue(t, s, config{})
	stop := make(chan struct{})
	var losing, writing sync.WaitGroup
	losing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				natsqueue.LoseAnswers(s)
			}
		}
	})
	const records = 30
	want := ""
	writing.Go(func() {
		for seq := range uint64(records) {
			if err := j.Append(t.Context(), "r", seq, seq+1, fmt.Appendf(nil, "r%d", seq+1)); err != nil {
				t.Error(err)
				return
			}
			want += fmt.Sprintf(" r%d", seq+1)
		}
	})
	writing.Go(func() {
		for n := range records {
			if _, err := q.Enqueue(t.Context(), pitboss.Message[string]{Payload: fmt.Sprint("m", n)}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	writing.Wait()
	close(stop)
	losing.Wait()
	if got := " " + readRoom(t, openJournal(t, s), "r", 0); got != want {
		t.Errorf("the journal is%s, want%s", got, want)
	}
	for n := range records {
		must(t, ack(get(t, q, fmt.Sprint("m", n))))
	}
}
