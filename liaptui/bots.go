package liaptui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// BotTask is the type of the tasks in which bots move.
const BotTask = "bot.move"

// BotsConfig says how bots play. Tasks and Submit are required.
type BotsConfig struct {
	// Tasks runs the moves. NewBots registers [BotTask] there.
	Tasks *task.Processor
	// Submit takes the moves to their rooms; it is [room.Host.Submit].
	Submit func(ctx context.Context, c room.Command, reply func(room.Answer)) error
	// Think is how long a bot seems to think about each move. Zero: not at all.
	Think time.Duration
	// Deadline is how long after that a move may take. A bot that is later than
	// that plays the simplest legal move. Zero: 5 s.
	Deadline time.Duration
	// Strength is that of bots without one of their own: in rooms that do not
	// name it, and in the seats of absent players. Zero: normal.
	Strength bot.Strength
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger
}

// Bots answers the offers that rooms make to bots, each by a task of its own.
// It is safe for concurrent use.
type Bots struct{ config BotsConfig }

var _ room.ContextObserver = (*Bots)(nil)

// NewBots returns bots for the games of a room host; the host must be told of
// them by [room.Host.Observe].
func NewBots(c BotsConfig) (*Bots, error) {
	var faults pitboss.FieldErrors
	if c.Tasks == nil {
		faults.Add("tasks", nil, "a task processor")
	}
	if c.Submit == nil {
		faults.Add("submit", nil, "a room host's Submit")
	}
	if c.Think < 0 {
		faults.Add("think", c.Think, "zero or more")
	}
	if c.Deadline < 0 {
		faults.Add("deadline", c.Deadline, "zero (5 s) or more")
	}
	if !c.Strength.Valid() {
		faults.Add("strength", c.Strength, "easy, normal or hard")
	}
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("liaptui bots: %w", err)
	}
	if c.Deadline == 0 {
		c.Deadline = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	b := &Bots{c}
	err := task.Register(c.Tasks, BotTask, b.move, task.Options{Late: b.late})
	if err != nil {
		return nil, fmt.Errorf("liaptui bots: %w", err)
	}
	return b, nil
}

// Decision is what a bot has to decide, the payload of a [BotTask]. It holds
// what the bot's seat may know and no more.
type Decision struct {
	Room     string
	Turn     uint64
	Phase    Phase
	Strength bot.Strength
	View     bot.View
}

// Observe implements [room.Observer].
func (b *Bots) Observe(c *room.Commit) { b.ObserveContext(context.Background(), c) }

// ObserveContext implements [room.ContextObserver]: it submits a task for each
// offer that a bot is to answer.
func (b *Bots) ObserveContext(ctx context.Context, c *room.Commit) {
	if c.GameName != Name {
		return
	}
	for i := range c.Offers {
		if o := &c.Offers[i]; o.By == room.Bot {
			b.submit(ctx, c, o)
		}
	}
}

func (b *Bots) submit(ctx context.Context, c *room.Commit, o *room.OpenOffer) {
	seen, ok := c.View(o.Seat).(View)
	if !ok {
		return
	}
	t := task.Task{
		Type: BotTask, Key: c.Room, Delay: b.config.Think,
		Deadline:      time.Now().Add(b.config.Think + b.config.Deadline),
		CorrelationID: correlationOf(c),
		Payload: Decision{
			Room: c.Room, Turn: o.Turn, Phase: seen.Phase, Strength: b.strength(o.Strength), View: seen.known,
		},
	}
	ctx = correlation.With(ctx, t.CorrelationID)
	if err := b.config.Tasks.Submit(ctx, t); err != nil && !errors.Is(err, pitboss.ErrClosed) {
		b.config.Log.ErrorContext(ctx, "bot not asked; its room asks again when the turn's time is over",
			"room", c.Room, "seat", o.Seat, "error", err)
	}
}

// correlationOf ties a move to what made it the bot's turn.
func correlationOf(c *room.Commit) string {
	if len(c.Events) == 0 {
		return correlation.New()
	}
	return c.Events[0].CorrelationID
}

// strength is the one that is named, or else the default.
func (b *Bots) strength(name string) bot.Strength {
	var s bot.Strength
	if s.UnmarshalText([]byte(name)) != nil {
		return b.config.Strength
	}
	return s
}

// move decides and plays.
func (b *Bots) move(ctx context.Context, d Decision) error {
	switch d.Phase {
	case Preparation:
		return b.send(ctx, d, CommandRedeal, Redeal{d.Strength.Redeal(d.View)})
	case Declaration:
		return b.send(ctx, d, CommandDeclare, Declare{d.Strength.Declare(d.View)})
	case Turn:
		return b.send(ctx, d, CommandPlay, Play{d.Strength.Play(d.View)})
	}
	return nil
}

// late plays the simplest legal move for a bot that was not asked in time, so
// that its table goes on.
func (b *Bots) late(ctx context.Context, t task.Task) {
	d, ok := t.Payload.(Decision)
	if !ok {
		return
	}
	var err error
	switch d.Phase {
	case Preparation:
		err = b.send(ctx, d, CommandRedeal, Redeal{})
	case Declaration:
		err = b.send(ctx, d, CommandDeclare, Declare{simplestDeclaration(&d.View)})
	case Turn:
		err = b.send(ctx, d, CommandPlay, Play{simplestPlay(&d.View)})
	}
	if err != nil {
		b.config.Log.ErrorContext(ctx, "late bot's move lost", "room", d.Room, "seat", d.View.Seat, "error", err)
	}
}

// simplestDeclaration is the lowest legal one.
func simplestDeclaration(v *bot.View) int {
	var soFar []int
	for _, seat := range rules.PlayOrder(v.Starter) {
		if piles := v.Declared[seat]; piles != rules.Undeclared {
			soFar = append(soFar, piles)
		}
	}
	return rules.LegalDeclarations(soFar, v.ZerosInARow)[0]
}

// simplestPlay is the weakest pieces of the hand: one to start a turn, or as
// many as the starter played.
func simplestPlay(v *bot.View) rules.Pieces {
	count := 1
	if followers := len(v.Played) % rules.Seats; followers > 0 {
		count = v.Played[len(v.Played)-followers].Pieces.Len()
	}
	var pieces rules.Pieces
	for rest := v.Hand; count > 0 && rest != 0; count-- {
		weakest := rules.One(rest.Weakest())
		pieces, rest = pieces.Add(weakest), rest.Remove(weakest)
	}
	return pieces
}

// send takes a move to its room. If that is closing, nobody waits for it.
func (b *Bots) send(ctx context.Context, d Decision, command string, data any) error {
	err := b.config.Submit(ctx, room.Command{
		Room: d.Room, Type: command, Seat: d.View.Seat, By: room.Bot, Turn: d.Turn, Data: data,
	}, func(a room.Answer) { b.answered(ctx, d, command, a.Err) })
	if errors.Is(err, pitboss.ErrClosed) {
		return nil
	}
	return err
}

// answered logs refusals that should not be. A stale move is the player's being
// back, or a task's being done twice.
func (b *Bots) answered(ctx context.Context, d Decision, command string, err error) {
	switch r, _ := errors.AsType[*room.Refusal](err); {
	case err == nil:
	case r != nil && (r.Code == room.CodeStale || r.Code == room.CodeOver || r.Code == room.CodeNoRoom || r.Code == room.CodeMoved):
	default:
		b.config.Log.ErrorContext(ctx, "bot's move refused", "room", d.Room, "seat", d.View.Seat, "command", command, "error", err)
	}
}
