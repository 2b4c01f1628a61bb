package visual_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// A host's rooms, and why one is stuck.
func Example() {
	host, err := room.NewHost(room.Config{Games: []room.Rules{countGame("counting", 30*time.Second)}})
	if err != nil {
		panic(err)
	}
	down := owners{"table-1": "node-7"}
	pictures, err := visual.New(visual.Config{
		Backlog: host.Queue().(visual.Backlog), // names blocked queues
		Owners:  down,                          // names owners that are gone
	})
	if err != nil {
		panic(err)
	}
	host.Observe(pictures)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	for _, id := range []string{"table-1", "table-2"} {
		if _, err := host.Create(ctx, room.Spec{ID: id, Game: "counting", Bots: 2}); err != nil {
			panic(err)
		}
	}
	stop()
	<-ended // every observer has seen everything now
	_ = host.Queue().Close(ctx)

	rooms := pictures.Rooms(visual.RoomFilter{})
	fmt.Println(rooms.Summary.Active, "rooms,", rooms.ByState["LOW"], "in LOW")
	for _, r := range pictures.StuckRooms() {
		fmt.Println(r.Room, r.Health, r.Stuck.Reason, "-", r.Stuck.Detail)
	}
	for _, e := range pictures.Diagram().Edges {
		fmt.Println(e.From, "->", e.To, e.Count)
	}
	// Output:
	// 2 rooms, 2 in LOW
	// table-1 stuck owner_gone - its owner "node-7" is not alive
	// WAITING -> LOW 2
}
