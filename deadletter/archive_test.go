package deadletter_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/queue"
)

type move struct {
	Seat  int    `json:"seat"`
	Piece string `json:"piece"`
}

func TestEntryJSON(t *testing.T) {
	s, err := deadletter.New(deadletter.Config[move]{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), pitboss.DeadLetter[move]{
		Queue: "moves", Sequence: 7, EnqueuedAt: epoch, At: epoch.Add(time.Minute),
		Message: pitboss.Message[move]{
			Payload: move{2, "HORSE_RED"}, Key: "r1", ID: "m", Topic: "room.r1", CorrelationID: "c1",
			Priority: pitboss.High, Headers: map[string]string{"h": "v"},
		},
		Reason: pitboss.ReasonFailed, Error: "boom", TraceID: "t1",
		Attempts: []pitboss.Attempt{{Time: epoch, Duration: time.Second, Error: "boom", Worker: "moves/1"}},
	}); err != nil {
		t.Fatal(err)
	}
	e, err := s.Archive().Entry(t.Context(), "moves-7")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"moves-7","queue":"moves","topic":"room.r1","sequence":7,"key":"r1","message_id":"m","priority":"high",` +
		`"headers":{"h":"v"},"reason":"processing_failed","error":"boom",` +
		`"attempts":[{"time":"2026-01-02T03:04:05Z","duration":1000000000,"error":"boom","worker":"moves/1"}],` +
		`"enqueued_at":"2026-01-02T03:04:05Z","at":"2026-01-02T03:05:05Z","correlation_id":"c1","trace_id":"t1",` +
		`"state":"held","retries":0,"payload":{"seat":2,"piece":"HORSE_RED"}}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	var back deadletter.Entry
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	e.Payload = json.RawMessage(`{"seat":2,"piece":"HORSE_RED"}`)
	if !reflect.DeepEqual(back, e) {
		t.Errorf("read back as %+v", back)
	}
}

// One payload that cannot be encoded does not hide the others.
func TestEntryJSONOfUnspeakablePayload(t *testing.T) {
	text, err := json.Marshal(deadletter.Page{Entries: []deadletter.Entry{{ID: "a", Payload: func() {}}, {ID: "b", Payload: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"payload_error":"json: unsupported type: func()"`) || !strings.Contains(string(text), `"payload":1`) {
		t.Errorf("got %s", text)
	}
	var back deadletter.Page
	if err := json.Unmarshal(text, &back); err != nil || back.Entries[0].Payload != nil {
		t.Errorf("%+v %v", back, err)
	}
}

func TestJoin(t *testing.T) {
	var o source
	a, err := deadletter.New(deadletter.Config[move]{})
	if err != nil {
		t.Fatal(err)
	}
	b := newStore(t, deadletter.Config[string]{Origins: origins(&o, "tasks")})
	for i := range 3 {
		if err := a.Put(t.Context(), pitboss.DeadLetter[move]{Queue: "moves", Sequence: uint64(i), EnqueuedAt: epoch, Reason: pitboss.ReasonTTL}); err != nil {
			t.Fatal(err)
		}
		put(t, b, letter("tasks", i))
	}
	j := deadletter.Join(a.Archive(), b.Archive())
	ctx := t.Context()

	if e, err := j.Entry(ctx, "tasks-1"); err != nil || e.Payload != "p1" {
		t.Errorf("%+v %v", e, err)
	}
	if e, err := j.Recover(ctx, "moves-0"); err != nil || e.Payload != (move{}) {
		t.Errorf("%+v %v", e, err)
	}
	_, err = j.Entry(ctx, "nobody")
	wantError(t, err, deadletter.ErrNotFound)
	wantError(t, j.Retry(ctx, "nobody"), deadletter.ErrNotFound)
	wantError(t, j.Retry(ctx, "moves-1"), deadletter.ErrNoOrigin)
	if err := j.Retry(ctx, "tasks-0"); err != nil {
		t.Error(err)
	}
	counts, err := j.Counts(ctx, deadletter.Filter{})
	if err != nil || len(counts) != 2 || counts[0] != (deadletter.Count{Queue: "moves", Reason: pitboss.ReasonTTL, Count: 2}) || counts[1].Count != 2 {
		t.Errorf("counts %v %v", counts, err)
	}
	n, err := j.RetryAll(ctx, deadletter.Filter{}, 0)
	if n != 2 {
		t.Errorf("retried %d", n)
	}
	wantError(t, err, deadletter.ErrNoOrigin)
	if n, err := j.Purge(ctx, deadletter.Filter{State: deadletter.AnyState, Limit: 4}); n != 4 || err != nil {
		t.Errorf("purged %d %v", n, err)
	}
	page, err := j.Entries(ctx, deadletter.Filter{State: deadletter.AnyState})
	if err != nil || len(page.Entries) != 2 {
		t.Errorf("%+v %v", page, err)
	}
	_, err = j.Entries(ctx, deadletter.Filter{Limit: -1})
	wantError(t, err, pitboss.ErrInvalid)
}

func TestFromDrops(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	q, err := queue.NewFIFO(queue.Config[string]{
		Capacity: 1, Overflow: queue.DropOldest,
		Dropped: deadletter.FromDrops(s, "moves", func(_ pitboss.DeadLetter[string], err error) { t.Error(err) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"first", "second"} {
		if _, err := q.Enqueue(t.Context(), pitboss.Message[string]{Payload: p, CorrelationID: "c"}); err != nil {
			t.Fatal(err)
		}
	}
	q.Clear()
	list, _, err := s.List(deadletter.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", ids(list), err)
	}
	l := list[0]
	if l.Message.Payload != "first" || l.Reason != pitboss.ReasonOverflow || l.Queue != "moves" || l.Sequence != 1 || l.EnqueuedAt.IsZero() {
		t.Errorf("letter %+v", l)
	}
}
