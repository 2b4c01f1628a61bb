package deadletter_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

// A payload that was wrong goes back mended.
func ExampleStore_RetryWith() {
	dead, err := deadletter.New(deadletter.Config[string]{
		Edit: deadletter.EditJSON[string],
		Origins: map[string]deadletter.Origin[string]{
			"moves": func(_ context.Context, m pitboss.Message[string]) error {
				fmt.Println("back in the queue:", m.Payload)
				return nil
			},
		},
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := dead.Put(ctx, pitboss.DeadLetter[string]{
		Queue: "moves", Sequence: 1, Message: pitboss.Message[string]{Payload: "HORSE"}, Reason: pitboss.ReasonInvalid,
	}); err != nil {
		panic(err)
	}
	fmt.Println(dead.RetryWith(ctx, "moves-1", []byte(`7`)))
	fmt.Println(dead.RetryWith(ctx, "moves-1", []byte(`"HORSE_RED"`)))
	// Output:
	// edit dead letter moves-1: payload: "7" is not allowed; want JSON of this queue's payloads: json: cannot unmarshal number into Go value of type string
	// back in the queue: HORSE_RED
	// <nil>
}

// A store has a bound. What goes for that is counted, and told.
func ExampleConfig_observer() {
	dead, err := deadletter.New(deadletter.Config[string]{
		Capacity: 1,
		Observer: func(_ context.Context, c deadletter.Change) { fmt.Println(c.Entry.ID, c.Kind) },
	})
	if err != nil {
		panic(err)
	}
	for sequence := range uint64(2) {
		if err := dead.Put(context.Background(), pitboss.DeadLetter[string]{
			Queue: "moves", Sequence: sequence + 1, Reason: pitboss.ReasonMaxRetries,
		}); err != nil {
			panic(err)
		}
	}
	fmt.Println(dead.Stats().Evicted, "evicted")
	// Output:
	// moves-1 put
	// moves-2 put
	// moves-1 evicted
	// 1 evicted
}

// folder keeps records, as files in a folder or a table would.
type folder map[string][]byte

func (f folder) Write(_ context.Context, id string, record []byte) error {
	f[id] = record
	return nil
}

func (f folder) Remove(_ context.Context, id string) error {
	delete(f, id)
	return nil
}

func (f folder) Each(_ context.Context, each func([]byte) error) error {
	for _, record := range f {
		if err := each(record); err != nil {
			return err
		}
	}
	return nil
}

// With records, entries outlive the process.
func ExampleStore_Load() {
	ctx, records := context.Background(), folder{}
	before, err := deadletter.New(deadletter.Config[string]{Records: records})
	if err != nil {
		panic(err)
	}
	if err := before.Put(ctx, pitboss.DeadLetter[string]{
		Queue: "moves", Sequence: 1, Message: pitboss.Message[string]{Payload: "HORSE_RED"}, Reason: pitboss.ReasonMaxRetries,
	}); err != nil {
		panic(err)
	}
	after, err := deadletter.New(deadletter.Config[string]{Records: records})
	if err != nil {
		panic(err)
	}
	if err := after.Load(ctx); err != nil {
		panic(err)
	}
	letter, err := after.Get("moves-1")
	fmt.Println(letter.Message.Payload, letter.Reason, err)
	// Output: HORSE_RED max_retries_exceeded <nil>
}

// An API reads a filter from its address.
func ExampleFilterFromQuery() {
	query, err := url.ParseQuery("queue=moves&older_than=24h&limit=10")
	if err != nil {
		panic(err)
	}
	f, err := deadletter.FilterFromQuery(query)
	fmt.Println(f.Queue, f.OlderThan, f.Limit, err)
	_, err = deadletter.FilterFromQuery(url.Values{"reason": {"bad luck"}, "limit": {"-1"}})
	fmt.Println(err)
	// Output:
	// moves 24h0m0s 10 <nil>
	// limit: "-1" is not allowed; want 1 to 1000
	// reason: "bad luck" is not allowed; want one of max_retries_exceeded, ttl_expired, processing_failed, validation_failed, no_handler, deadline_missed, overflow, manual
}
