package stream_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

func Example() {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	s, err := stream.New(stream.Config{Now: func() time.Time { return at }})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()

	sub, err := s.Subscribe(stream.Options{Filter: stream.Filter{Types: []string{"game.*"}, Room: "table-7"}})
	if err != nil {
		panic(err)
	}
	defer sub.Close()
	s.Publish([]event.Event{
		{Type: event.GameStarted, Room: "table-7", Time: at},
		{Type: event.GameStarted, Room: "table-8", Time: at},
		{Type: event.TurnStarted, Room: "table-7", Time: at},
	})
	batch, err := sub.Next(ctx)
	if err != nil {
		panic(err)
	}
	for _, e := range batch.Entries {
		fmt.Printf("%s\n", e.JSON())
	}
	stop()
	fmt.Println(<-ended)
	// Output:
	// {"seq":1,"id":"stream/1","type":"game.started","time":"2026-11-24T12:00:00Z","room":"table-7"}
	// <nil>
}

// A filter that cannot mean anything is refused, and the fault names what is
// allowed.
func ExampleStream_Latest() {
	s, err := stream.New(stream.Config{})
	if err != nil {
		panic(err)
	}
	for range 3 {
		s.Publish([]event.Event{{Type: event.TurnStarted, Time: time.Now()}})
	}
	page, err := s.Latest(stream.Filter{}, 2)
	if err != nil {
		panic(err)
	}
	fmt.Println(page.Entries[0].Event().Seq, page.Entries[1].Event().Seq, page.Next)
	_, err = s.Latest(stream.Filter{Severity: 7}, 2)
	fmt.Println(err)
	// Output:
	// 2 3 3
	// event stream: severity: 7 is not allowed; want info, warning or error
}
