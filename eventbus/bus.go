package eventbus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/route"
)

// Config describes a [Bus]. Its zero value works.
type Config struct {
	// Name is the queue's name in dead letters and metrics. Empty: "events".
	Name string
	// Next numbers the events before they are queued, and may take them
	// elsewhere too. Nil: they are only numbered.
	Next event.Publisher
	// Capacity bounds the events that wait, one for each subscriber that it is
	// for. Zero: 10,000.
	Capacity int
	// Workers is how many handlers run at a time. Zero: one per processor.
	Workers int
	// Middleware goes around the subscribers' handlers, outermost first.
	Middleware []pitboss.Middleware[Notice]
	// Retry is for handlers that fail.
	Retry handler.Backoff
	// DeadLetters takes events that a subscriber could not handle or that the
	// queue dropped, while Run runs; what it refuses is logged. Nil: the former are
	// logged, the latter only counted, in the queue's Stats.
	DeadLetters pitboss.DeadLetters[Notice]
	// Grace is how long Run waits for running handlers, and then for the dead
	// letters of what was dropped. Zero: 10 s.
	Grace time.Duration
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger
}

const defaultGrace = 10 * time.Second

// prepare checks the configuration and fills in what was left empty.
func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	if c.Capacity < 0 {
		faults.Add("capacity", c.Capacity, "zero (10,000) or more")
	}
	if c.Workers < 0 {
		faults.Add("workers", c.Workers, "zero (one per processor) or more")
	}
	if c.Grace < 0 {
		faults.Add("grace", c.Grace, "zero (10s) or more")
	}
	if err := c.Retry.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if c.Name == "" {
		c.Name = "events"
	}
	if c.Next == nil {
		c.Next = new(event.Sequencer)
	}
	if c.Capacity == 0 {
		c.Capacity = 10_000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// Notice is one event on its way to one subscriber.
type Notice struct {
	Event event.Event `json:"event"`
	// Subscriber is the name given to [Bus.Subscribe].
	Subscriber string `json:"subscriber"`

	subscription *subscription
}

type subscription struct {
	id     string
	name   string
	handle func(ctx context.Context, e *event.Event) error
	ended  atomic.Bool
}

// Bus is an [event.Publisher] with subscribers. All methods are safe for
// concurrent use.
type Bus struct {
	config   Config
	queue    *queue.Memory[Notice]
	index    *route.Index[*subscription]
	named    names
	interest *interest
	drops    *drops // nil without dead letters
	lastID   atomic.Uint64
	spare    sync.Pool
}

// New returns a bus without subscribers. Events wait until [Bus.Run]. It fails
// with every fault of the configuration, joined.
func New(c Config) (*Bus, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	b := &Bus{config: c}
	var dropped func(queue.Drop[Notice])
	if c.DeadLetters != nil {
		b.drops = &drops{
			to: c.DeadLetters, queue: c.Name, waiting: make(chan queue.Drop[Notice], dropsWaiting), lost: b.lost,
		}
		dropped = b.drops.add
	}
	b.spare.New = func() any { return new([]*subscription) }
	var err error
	if b.index, err = route.NewIndex[*subscription](topics); err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	if b.interest, err = newInterest(); err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	b.queue, err = queue.NewPriority(queue.Config[Notice]{
		Name: c.Name, Capacity: c.Capacity, Overflow: queue.DropOldest, OrderByKey: true, Dropped: dropped,
	})
	if err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	// For what only a consumer knows to be too much.
	if err := b.consumer().Validate(); err != nil {
		return nil, fmt.Errorf("event bus: %w", err)
	}
	return b, nil
}

// Subscribe has handle called with each event whose topic matches the pattern;
// see [Topic], and [Room] for names of rooms in patterns. The name tells
// subscribers apart in dead letters and logs. After an error the event is
// delivered again, as Config.Retry says.
//
// The event is handle's own until it returns: copy what is to be kept. What its
// data point at is shared with other subscribers and must not be changed.
func (b *Bus) Subscribe(name, pattern string, handle func(ctx context.Context, e *event.Event) error) (*Subscription, error) {
	if handle == nil {
		return nil, &pitboss.FieldError{Field: "handle", Value: nil, Allowed: "a function"}
	}
	s := &subscription{id: strconv.FormatUint(b.lastID.Add(1), 36), name: name, handle: handle}
	at, err := b.index.Subscribe(pattern, s)
	if err != nil {
		return nil, err
	}
	of, err := b.interest.add(pattern)
	if err != nil {
		at.End()
		return nil, err
	}
	b.named.add(s)
	return &Subscription{s, at, of, &b.named}, nil
}

// DecodeNotice decodes a notice that encoding/json wrote, and is made for the
// Decode of a dead letter store. The notice is for whoever subscribed under its
// name last. The event's data stays a [json.RawMessage].
func (b *Bus) DecodeNotice(text []byte) (Notice, error) {
	var n Notice
	if err := json.Unmarshal(text, &n); err != nil {
		return Notice{}, fmt.Errorf("notice: %w", err)
	}
	n.subscription = b.named.find(n.Subscriber)
	return n, nil
}

// names finds subscriptions by the name that was given to them last.
type names struct{ found sync.Map }

func (n *names) add(s *subscription) { n.found.Store(s.name, s) }

func (n *names) remove(s *subscription) { n.found.CompareAndDelete(s.name, s) }

// find returns nil if there is none of that name.
func (n *names) find(name string) *subscription {
	found, _ := n.found.Load(name)
	s, _ := found.(*subscription)
	return s
}

// Subscription is a place on the bus.
type Subscription struct {
	subscription *subscription
	at, interest route.Subscription
	named        *names
}

// End stops the subscription: no call of its handler begins any more. Ending it
// again does nothing.
func (s *Subscription) End() {
	s.at.End()
	s.interest.End()
	s.named.remove(s.subscription)
	s.subscription.ended.Store(true)
}

// Publish implements [event.Publisher]. It waits neither for subscribers nor for
// dead letters.
func (b *Bus) Publish(events []event.Event) {
	b.config.Next.Publish(events)
	if b.index.Len() == 0 {
		return
	}
	found := b.spare.Get().(*[]*subscription)
	for i := range events {
		if !b.interest.wants(events[i].Type) {
			continue
		}
		topic := Topic(&events[i])
		*found = b.index.Match(topic, (*found)[:0])
		if len(*found) == 0 {
			if err := b.index.Check(topic); err != nil {
				b.config.Log.Warn("event reaches no subscriber", "event", events[i].ID(), "error", err)
			}
		}
		for _, s := range *found {
			b.notify(s, &events[i])
		}
	}
	clear(*found)
	b.spare.Put(found)
}

func (b *Bus) notify(s *subscription, e *event.Event) {
	public := *e
	public.Secret = nil
	_, err := b.queue.Enqueue(context.Background(), pitboss.Message[Notice]{
		Payload: Notice{Event: public, Subscriber: s.name, subscription: s},
		Key:     s.id + "/" + e.Room, Priority: Rank(e.Type), CorrelationID: e.CorrelationID,
	})
	if err != nil && !errors.Is(err, pitboss.ErrClosed) {
		// Every place is taken by events that are being handled or wait for their
		// next attempt.
		b.config.Log.Warn("event dropped", "subscriber", s.name, "event", public.ID(), "error", err)
	}
}

// Run calls the handlers until ctx ends, then waits for those that run, and
// writes the dead letters of what was dropped.
func (b *Bus) Run(ctx context.Context) error {
	if b.drops == nil {
		return b.consumer().Run(ctx)
	}
	return b.drops.during(func() error { return b.consumer().Run(ctx) }, cmp.Or(b.config.Grace, defaultGrace))
}

// Queue is the queue that the events wait in, for those who watch it.
func (b *Bus) Queue() pitboss.Queue[Notice] { return b.queue }

func (b *Bus) consumer() handler.Consumer[Notice] {
	return handler.Consumer[Notice]{
		Name: b.config.Name, Queue: b.queue, Order: handler.ByKey, Concurrency: b.config.Workers,
		Retry: b.config.Retry, DeadLetters: b.config.DeadLetters, Grace: b.config.Grace,
		Handler: handler.Chain(b.deliver, append(slices.Clip(b.config.Middleware), handler.Recover[Notice])...),
		OnError: b.failed,
	}
}

func (b *Bus) deliver(ctx context.Context, d *pitboss.Delivery[Notice]) error {
	n := &d.Payload
	if n.subscription == nil {
		return fmt.Errorf("subscriber %q is gone: %w", n.Subscriber, pitboss.ErrNoHandler)
	}
	if n.subscription.ended.Load() {
		return nil
	}
	return n.subscription.handle(ctx, &n.Event)
}

func (b *Bus) failed(ctx context.Context, d *pitboss.Delivery[Notice], err error) {
	if _, again := errors.AsType[*handler.RetryError](err); again {
		return
	}
	b.config.Log.ErrorContext(ctx, "event not handled",
		"subscriber", d.Payload.Subscriber, "event", d.Payload.Event.ID(), "error", err)
}

func (b *Bus) lost(d queue.Drop[Notice], err error) {
	b.config.Log.Error("dropped event not kept",
		"subscriber", d.Payload.Subscriber, "event", d.Payload.Event.ID(), "error", err)
}
