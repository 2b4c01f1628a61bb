package natsqueue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
)

// A store at its limit refuses and says so; what was accepted is all there, and
// what was refused can be put in again under its ID.
func TestStoreAtItsLimit(t *testing.T) {
	t.Run("with IDs", func(t *testing.T) { storeAtItsLimit(t, 1<<40) })
	t.Run("without", func(t *testing.T) { storeAtItsLimit(t, 0) })
}

func storeAtItsLimit(t *testing.T, window time.Duration) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{MaxBytes: 1 << 20}))
	c := config{Config: queue.Config[string]{DedupeWindow: window}}
	q := openQueue(t, s, c)
	natsqueue.PurgeAtOnce(q)
	body := strings.Repeat("x", 10_000)
	accepted := 0
	var err error
	for range 200 {
		if _, err = q.Enqueue(t.Context(), pitboss.Message[string]{Payload: body, ID: "id" + strings.Repeat("i", accepted)}); err != nil {
			break
		}
		accepted++
	}
	if err == nil || accepted == 0 {
		t.Fatalf("%d accepted, error %v", accepted, err)
	}
	_, err = q.Enqueue(t.Context(), pitboss.Message[string]{Payload: body, ID: "id" + strings.Repeat("i", accepted)})
	if err == nil {
		t.Error("what was refused was taken for a duplicate")
	}
	for range accepted {
		must(t, ack(get(t, q, body)))
	}
	if window > 0 {
		return // IDs to be recognised keep their records
	}
	// What has ended makes room, without a restart.
	for deadline := time.Now().Add(patience); ; {
		if _, err = q.Enqueue(t.Context(), pitboss.Message[string]{Payload: body}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	must(t, ack(get(t, q, body)))
}
