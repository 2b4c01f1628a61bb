package route_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/route"
)

// say makes handlers that tell who got what.
func say(who string) pitboss.Handler[string] {
	return func(_ context.Context, d *pitboss.Delivery[string]) error {
		fmt.Println(who, "got", d.Payload)
		return nil
	}
}

// deliver hands one message to whoever the router finds.
func deliver(r pitboss.Router[string], m pitboss.Message[string]) {
	handle, err := route.Dispatch(r, route.DispatchConfig[string]{})
	if err != nil {
		log.Fatal(err)
	}
	if err := handle(context.Background(), &pitboss.Delivery[string]{Message: m}); err != nil {
		fmt.Println(err)
	}
}

// A router made a handler, which a consumer runs.
func ExampleDispatch() {
	topics, err := route.NewTopics[string](route.TopicsConfig{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := topics.Handle("room.+.moves", say("referee")); err != nil {
		log.Fatal(err)
	}
	handle, err := route.Dispatch(topics, route.DispatchConfig[string]{Default: say("nobody else")})
	if err != nil {
		log.Fatal(err)
	}
	for _, topic := range []string{"room.7.moves", "lobby"} {
		d := &pitboss.Delivery[string]{Message: pitboss.Message[string]{Topic: topic, Payload: "a message on " + topic}}
		if err := handle(context.Background(), d); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// referee got a message on room.7.moves
	// nobody else got a message on lobby
}

// What nobody handles is a dead letter.
func ExampleDispatch_deadLetters() {
	topics, err := route.NewTopics[string](route.TopicsConfig{})
	if err != nil {
		log.Fatal(err)
	}
	handle, err := route.Dispatch(topics, route.DispatchConfig[string]{})
	if err != nil {
		log.Fatal(err)
	}
	q, err := queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		log.Fatal(err)
	}
	dead, err := deadletter.New(deadletter.Config[string]{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := q.Enqueue(ctx, pitboss.Message[string]{Topic: "room.7.moves", Payload: "a horse"}); err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- handler.Consumer[string]{Queue: q, Handler: handle, DeadLetters: dead}.Run(ctx) }()
	fmt.Println(q.Close(ctx), <-done)
	letter, err := dead.Get("moves-1")
	fmt.Println(letter.Message.Payload, letter.Reason, err)
	// Output:
	// <nil> <nil>
	// a horse no_handler <nil>
}

// One handler's error need not keep the others from running.
func ExampleErrors() {
	topics, err := route.NewTopics[string](route.TopicsConfig{})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range []pitboss.Handler[string]{
		func(context.Context, *pitboss.Delivery[string]) error { return errors.New("nobody watches") },
		say("archive"),
	} {
		if _, err := topics.Handle("room.#", h); err != nil {
			log.Fatal(err)
		}
	}
	for _, after := range []route.Errors{route.Stop, route.Continue} {
		handle, err := route.Dispatch(topics, route.DispatchConfig[string]{Errors: after})
		if err != nil {
			log.Fatal(err)
		}
		d := &pitboss.Delivery[string]{Message: pitboss.Message[string]{Topic: "room.7", Payload: "a horse"}}
		fmt.Println(after, handle(context.Background(), d))
	}
	// Output:
	// stop nobody watches
	// archive got a horse
	// continue nobody watches
}

func ExampleTopics() {
	topics, err := route.NewTopics[string](route.TopicsConfig{})
	if err != nil {
		log.Fatal(err)
	}
	for _, pattern := range []string{"room.+.moves", "room.#", "room.7.moves"} {
		if _, err := topics.Handle(pattern, say(pattern)); err != nil {
			log.Fatal(err)
		}
	}
	deliver(topics, pitboss.Message[string]{Topic: "room/7/moves", Payload: "a horse"})
	deliver(topics, pitboss.Message[string]{Topic: "room", Payload: "the news"})
	deliver(topics, pitboss.Message[string]{Topic: "lobby", Payload: "anyone?"})
	// Output:
	// room.+.moves got a horse
	// room.# got a horse
	// room.7.moves got a horse
	// room.# got the news
	// no handler for topic "lobby"; add a route or a default
}

func ExampleDirect() {
	direct := route.NewDirect(route.DirectConfig[string]{By: route.ByHeader[string]("command")})
	if _, err := direct.Handle("play", say("play")); err != nil {
		log.Fatal(err)
	}
	deliver(direct, pitboss.Message[string]{Headers: map[string]string{"command": "play"}, Payload: "a horse"})
	// Output: play got a horse
}

func ExamplePatterns() {
	patterns, err := route.NewPatterns(route.PatternsConfig[string]{Pick: route.First})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := patterns.Glob("{moves,chat}-*", say("glob")); err != nil {
		log.Fatal(err)
	}
	if _, err := patterns.Regexp(`[a-z]+-\d+`, say("regexp")); err != nil {
		log.Fatal(err)
	}
	deliver(patterns, pitboss.Message[string]{Topic: "chat-7", Payload: "hello"})
	deliver(patterns, pitboss.Message[string]{Topic: "state-7", Payload: "a state"})
	// Output:
	// glob got hello
	// regexp got a state
}

func ExampleContent() {
	content, err := route.NewContent[string](route.ContentConfig{})
	if err != nil {
		log.Fatal(err)
	}
	urgent := route.Every(route.AtLeast[string](pitboss.High), route.Not(route.Header[string]("test", "true")))
	if _, err := content.Handle(urgent, say("pager")); err != nil {
		log.Fatal(err)
	}
	long := func(m *pitboss.Message[string]) bool { return len(m.Payload) > 10 }
	if _, err := content.Handle(long, say("archive")); err != nil {
		log.Fatal(err)
	}
	deliver(content, pitboss.Message[string]{Payload: "fire", Priority: pitboss.Critical})
	deliver(content, pitboss.Message[string]{Payload: "a long story"})
	// Output:
	// pager got fire
	// archive got a long story
}

// Known commands by name, all else by the first rule that holds, and what is
// left to a default.
func ExampleChain() {
	direct := route.NewDirect(route.DirectConfig[string]{})
	if _, err := direct.Handle("play", say("play")); err != nil {
		log.Fatal(err)
	}
	content, err := route.NewContent[string](route.ContentConfig{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := content.Handle(route.HasHeader[string]("debug"), say("debug")); err != nil {
		log.Fatal(err)
	}
	chain, err := route.NewChain(route.ChainConfig[string]{Pick: route.First, Default: say("default")}, direct, content)
	if err != nil {
		log.Fatal(err)
	}
	deliver(chain, pitboss.Message[string]{Topic: "play", Payload: "a horse"})
	deliver(chain, pitboss.Message[string]{Headers: map[string]string{"debug": ""}, Payload: "a dump"})
	deliver(chain, pitboss.Message[string]{Topic: "shrug", Payload: "a shrug"})
	// Output:
	// play got a horse
	// debug got a dump
	// default got a shrug
}

// The index alone serves whatever is subscribed: connections, say.
func ExampleIndex() {
	watchers, err := route.NewIndex[string](route.TopicConfig{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := watchers.Subscribe("room.7.#", "ann"); err != nil {
		log.Fatal(err)
	}
	bob, err := watchers.Subscribe("room.+.moves", "bob")
	if err != nil {
		log.Fatal(err)
	}
	var into []string // reused from match to match
	into = watchers.Match("room.7.moves", into[:0])
	slices.Sort(into)
	fmt.Println(into)
	bob.End()
	fmt.Println(watchers.Match("room.7.moves", into[:0]))
	// Output:
	// [ann bob]
	// [ann]
}

// A room that publishes to one topic resolves it once.
func ExampleIndex_Topic() {
	watchers, err := route.NewIndex[string](route.TopicConfig{})
	if err != nil {
		log.Fatal(err)
	}
	moves, err := watchers.Topic("room.7.moves")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(moves.Match())
	if _, err := watchers.Subscribe("room.+.moves", "bob"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(moves.Match())
	// Output:
	// []
	// [bob]
}
