package event_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	e := event.Event{
		Seq: 9, RoomSeq: 4, Type: event.StateChanged, Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Room: "r", Game: "r.1", Player: "ann", CorrelationID: "c", TraceID: "t",
		Data:   event.StateChange{From: "TURN", To: "SCORING", DurationMS: 1.5},
		Secret: map[string]string{"hand": "GENERAL_RED"},
	}
	text, err := json.Marshal(&e)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"seq":9,"room_seq":4,"id":"r/4","type":"state.changed","time":"2026-11-23T12:00:00Z",` +
		`"room":"r","game":"r.1","player":"ann","correlation_id":"c","trace_id":"t",` +
		`"data":{"from":"TURN","to":"SCORING","duration_ms":1.5}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if byValue, _ := json.Marshal([]event.Event{e}); strings.Contains(string(byValue), "GENERAL_RED") {
		t.Errorf("the secret is told: %s", byValue)
	}
	if boxed, _ := json.Marshal(e); strings.Contains(string(boxed), "GENERAL_RED") {
		t.Errorf("the secret of a value that cannot be addressed is told: %s", boxed)
	}
	var back event.Event
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || string(again) != want {
		t.Errorf("came back as %s, %v", again, err)
	}
}

func TestTypesAreDistinct(t *testing.T) {
	t.Parallel()
	seen := make(map[event.Type]bool)
	for _, typ := range event.Types() {
		if seen[typ] || !strings.Contains(string(typ), ".") {
			t.Errorf("%q is there twice, or has no subject", typ)
		}
		seen[typ] = true
	}
}

func TestSequencerHasNoGap(t *testing.T) {
	t.Parallel()
	var (
		s    event.Sequencer
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = make(map[uint64]bool)
	)
	for range 8 {
		wg.Go(func() {
			for n := range 100 {
				batch := make([]event.Event, n%4)
				s.Publish(batch)
				mu.Lock()
				for i := range batch {
					if i > 0 && batch[i].Seq != batch[i-1].Seq+1 {
						t.Errorf("a batch is torn: %d, %d", batch[i-1].Seq, batch[i].Seq)
					}
					seen[batch[i].Seq] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for seq := range uint64(8 * 150) {
		if !seen[seq+1] {
			t.Fatalf("%d is missing", seq+1)
		}
	}
}
