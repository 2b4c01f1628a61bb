package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// Config says how a [Host] runs its rooms. Games is required; every other field
// has a working zero value.
type Config struct {
	// Games are the rules that rooms can be opened with.
	Games []Rules

	// Queue carries the commands; it must keep order by key. Nil: a queue in
	// memory.
	Queue pitboss.Queue[Command]
	// Middleware goes around the handling of commands, outermost first.
	Middleware []pitboss.Middleware[Command]
	// DeadLetters takes commands that could not be handled. Nil: they are
	// logged.
	DeadLetters pitboss.DeadLetters[Command]
	// Journal keeps the events. Nil: in memory.
	Journal Journal
	// Holds says which rooms are this host's, by name, where several hosts share a
	// journal: no others are opened here. It must not block. What it says may
	// change; see [Host.Take] and [Host.Give]. Nil: all are.
	Holds func(room string) bool
	// Hold returns a function that says later whether this host has held its rooms
	// without a break since; it may wait until that is certain. After a break, a
	// room opened meanwhile may have been overlooked by whoever has taken over, so
	// [Host.Create] fails. Nil: there is never a break.
	Hold func() (unbroken func(ctx context.Context) (bool, error))
	// Publisher numbers the events over all rooms and takes them to those who
	// follow everything. Nil: they are only numbered.
	Publisher event.Publisher
	// Observers follow every commit.
	Observers []Observer
	// Tracer is told of the parts of the handling of each command. Nil: nobody
	// is.
	Tracer Tracer
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger

	// Workers is how many rooms decide at the same time. Zero: one per
	// processor.
	Workers int
	// Grace is how long Run waits for what is running. Zero: 10 s.
	Grace time.Duration
	// MaxRooms bounds the rooms that are open. Zero: 10,000.
	MaxRooms int
	// RetainFinished is how many closed rooms stay readable, for rooms of bots
	// and rooms with people each; the oldest go first. Zero: 100.
	RetainFinished int
	// RetainBytes bounds what the journals of closed rooms take, where the
	// journal is a [Sizer]; rooms of bots go first, and the oldest of each. Zero:
	// no bound.
	RetainBytes int64
	// Keep says which closed rooms stay longer than that, and longer than any
	// [Host.Sweep]. It must not block, nor call the host. Nil: none.
	Keep func(room string) bool
	// SnapshotEvery is how many events a room adds between two snapshots, where
	// the journal keeps any. A room that closes has a last one, so that finished
	// games cost recovery next to nothing. Zero: 500, one write in a hundred, and
	// about 5 ms to fold in what came after.
	SnapshotEvery int
	// AbandonAfter is how long a room waits after its last person lost
	// connection. Zero: 2 min.
	AbandonAfter time.Duration
	// IdleLimit is how long it waits for people who do nothing. Zero: 30 min.
	IdleLimit time.Duration
}

// checkGames adds the faults of the games' definitions.
func (c *Config) checkGames(faults *pitboss.FieldErrors) {
	if len(c.Games) == 0 {
		faults.Add("games", "none", "at least one game")
	}
	named := make(map[string]bool)
	for i, rules := range c.Games {
		if rules == nil {
			faults.Add(fmt.Sprintf("games[%d]", i), nil, "the rules of a game")
			continue
		}
		if v, ok := rules.(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				*faults = append(*faults, err)
			}
		}
		name := rules.game().name
		if named[name] {
			faults.Add(fmt.Sprintf("games[%d]", i), name, "a name that no game before it has")
		}
		named[name] = true
	}
}

// check reports every fault of the configuration, joined.
func (c *Config) check() error {
	var faults pitboss.FieldErrors
	const allowed = "zero (the default) or more"
	faults.AddIf(c.Workers < 0, "workers", c.Workers, allowed)
	faults.AddIf(c.Grace < 0, "grace", c.Grace, allowed)
	faults.AddIf(c.MaxRooms < 0, "max_rooms", c.MaxRooms, allowed)
	faults.AddIf(c.RetainFinished < 0, "retain_finished", c.RetainFinished, allowed)
	faults.AddIf(c.RetainBytes < 0, "retain_bytes", c.RetainBytes, allowed)
	faults.AddIf(c.SnapshotEvery < 0, "snapshot_every", c.SnapshotEvery, allowed)
	faults.AddIf(c.AbandonAfter < 0, "abandon_after", c.AbandonAfter, allowed)
	faults.AddIf(c.IdleLimit < 0, "idle_limit", c.IdleLimit, allowed)
	for i, o := range c.Observers {
		if o == nil {
			faults.Add(fmt.Sprintf("observers[%d]", i), nil, "an observer")
		}
	}
	c.checkGames(&faults)
	return faults.Err()
}

// prepare checks the configuration and fills in what was left empty.
func (c *Config) prepare() error {
	if err := c.check(); err != nil {
		return fmt.Errorf("room host: %w", err)
	}
	if c.Queue == nil {
		q, err := queue.NewFIFO(queue.Config[Command]{Name: "commands", OrderByKey: true})
		if err != nil {
			return err
		}
		c.Queue = q
	}
	if c.Journal == nil {
		c.Journal = new(MemoryJournal)
	}
	if c.Publisher == nil {
		c.Publisher = new(event.Sequencer)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Holds == nil {
		c.Holds = func(string) bool { return true }
	}
	if c.Hold == nil {
		c.Hold = func() func(context.Context) (bool, error) {
			return func(context.Context) (bool, error) { return true, nil }
		}
	}
	if c.Keep == nil {
		c.Keep = func(string) bool { return false }
	}
	setDefault(&c.Grace, 10*time.Second)
	setDefault(&c.MaxRooms, 10_000)
	setDefault(&c.RetainFinished, 100)
	setDefault(&c.SnapshotEvery, 500)
	setDefault(&c.AbandonAfter, 2*time.Minute)
	setDefault(&c.IdleLimit, 30*time.Minute)
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Host runs rooms. All methods are safe for concurrent use.
type Host struct {
	config    Config
	games     map[string]Rules
	queue     pitboss.Queue[Command]
	journal   Journal
	publisher event.Publisher
	observers []watcher
	now       func() time.Time
	conns     atomic.Uint64
	taking    chan struct{} // held by whoever takes rooms

	mu       sync.RWMutex
	rooms    map[string]*liveRoom
	live     int
	fenced   map[string]struct{} // see Fenced
	finished [2][]string         // closed rooms, oldest first: of bots, with people
}

// NewHost returns a host without rooms. Nothing moves before [Host.Run].
func NewHost(c Config) (*Host, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	h := &Host{
		config: c, games: make(map[string]Rules), queue: c.Queue, journal: c.Journal,
		publisher: c.Publisher, now: time.Now, rooms: make(map[string]*liveRoom),
		taking: make(chan struct{}, 1),
	}
	for _, o := range c.Observers {
		h.Observe(o)
	}
	for _, rules := range c.Games {
		h.games[rules.game().name] = rules
	}
	return h, nil
}

// Observe adds an observer. It must be called before [Host.Run].
func (h *Host) Observe(o Observer) { h.observers = append(h.observers, watcherOf(o)) }

// Queue returns the queue of commands, for those who watch it.
func (h *Host) Queue() pitboss.Queue[Command] { return h.queue }

// Run handles commands until ctx ends, then finishes those that are running.
func (h *Host) Run(ctx context.Context) error {
	return handler.Consumer[Command]{
		Name: "commands", Queue: h.queue, Order: handler.ByKey,
		Concurrency: h.config.Workers, Grace: h.config.Grace, DeadLetters: h.config.DeadLetters,
		Handler: handler.Chain(h.handle, append(slices.Clip(h.config.Middleware), handler.Recover[Command])...),
		// What is tried again is a journal that fails. Game code that panics
		// would panic again.
		Retry: handler.Backoff{First: 10 * time.Millisecond, Max: time.Second, Attempts: 5, RetryOn: func(err error) bool {
			_, panicked := errors.AsType[*handler.PanicError](err)
			return !panicked
		}},
		OnError: h.failed,
	}.Run(ctx)
}

func (h *Host) handle(ctx context.Context, d *pitboss.Delivery[Command]) error {
	c := &d.Payload
	if d.Headers[deadletter.HeaderLetter] != "" {
		c.reply = nil // whoever waited was told that it was given up
	}
	r := h.room(c.Room)
	switch {
	case r == nil:
		c.answer(Answer{Seat: NoSeat, Err: h.Absent(c.Room)})
		return nil
	case c.Type == give:
		h.letGo(r)
		c.answer(Answer{Seat: NoSeat})
		return nil
	}
	answer, err := r.handle(ctx, c, d.EnqueuedAt)
	if errors.Is(err, ErrFenced) { // the command is not lost: whoever sent it comes back
		h.config.Log.WarnContext(ctx, "room has another owner now", "room", c.Room)
		h.letGo(r)
		h.noteFenced(r.id)
		c.answer(Answer{Seat: c.Seat, Err: moved(c.Room)})
		return nil
	}
	if err != nil {
		return err
	}
	if c.Type == open && h.room(c.Room) != r { // it was let go meanwhile: whoever has the name now may not know it
		answer.Err = moved(c.Room)
	}
	c.answer(answer)
	if r.lobby.closed && h.retire(r) {
		h.forgetSurplus(ctx)
	}
	return nil
}

// failed tells whoever waits that a command was given up on. The room stays as
// it was before the command.
func (h *Host) failed(ctx context.Context, d *pitboss.Delivery[Command], err error) {
	if _, ok := errors.AsType[*handler.GivenUpError](err); !ok {
		return
	}
	c := &d.Payload
	h.config.Log.ErrorContext(ctx, "command given up", "room", c.Room, "command", c.Type, "error", err)
	c.answer(Answer{Seat: c.Seat, Err: refusalOf(err)})
	if r := h.room(c.Room); r != nil {
		r.fail(ctx, h.now())
		switch c.Type {
		case timer, resume:
			h.send(c.Room, c.Type, sendAgain)
		case disconnect:
			h.sendCommand(*c, sendAgain)
		}
	}
}

// sendAgain is when a timer, a room's going on, or the end of a connection is
// tried again after it has failed: without them the room would wait for ever.
const sendAgain = 10 * time.Second

func (c *Command) answer(a Answer) {
	if c.reply != nil {
		c.reply(a)
	}
}

// Submit queues a command. The answer, if it is wanted, goes to reply, once,
// from the goroutine that handled the command; reply must not block.
func (h *Host) Submit(ctx context.Context, c Command, reply func(Answer)) error {
	c.reply = reply
	ctx, id := correlation.Ensure(ctx)
	_, err := h.queue.Enqueue(ctx, pitboss.Message[Command]{
		Key: c.Room, Payload: c, CorrelationID: id, Headers: correlation.Headers(ctx, nil),
	})
	return err
}

// Do queues a command and waits for its answer. The error is why there is no
// answer; a refusal is in the answer.
func (h *Host) Do(ctx context.Context, c Command) (Answer, error) {
	answers := make(chan Answer, 1)
	if err := h.Submit(ctx, c, func(a Answer) { answers <- a }); err != nil {
		return Answer{}, err
	}
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

// send has a room do one of its own commands after a delay. It cannot fail but for
// a closed queue, where no deadline counts any more.
func (h *Host) send(room, command string, after time.Duration) {
	h.sendCommand(Command{Room: room, Type: command, Seat: NoSeat}, after)
}

func (h *Host) sendCommand(c Command, after time.Duration) {
	_, err := h.queue.Enqueue(context.Background(), pitboss.Message[Command]{
		Key: c.Room, Delay: after, CorrelationID: correlation.New(), Payload: c,
	})
	if err != nil && !errors.Is(err, pitboss.ErrClosed) {
		h.config.Log.Error("room not woken", "room", c.Room, "command", c.Type, "error", err)
	}
}

// Absent says why a room is not here: there is none of that name, or another host
// has it, or it is being taken again.
func (h *Host) Absent(id string) *Refusal {
	h.mu.RLock()
	_, fenced := h.fenced[id]
	h.mu.RUnlock()
	if fenced || !h.config.Holds(id) {
		return moved(id)
	}
	return Refuse(CodeNoRoom, "there is no room %q", id)
}

func moved(id string) *Refusal {
	return Refuse(CodeMoved, "room %q has moved to another server; come back", id)
}

func (h *Host) room(id string) *liveRoom {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[id]
}
