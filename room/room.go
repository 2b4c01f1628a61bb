package room

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
)

// liveRoom is one room in memory. Commands reach it one at a time; what other
// goroutines read is under mu.
type liveRoom struct {
	host *Host
	id   string
	game descriptor
	spec Spec

	// These belong to the goroutine that handles the room's command.
	match   match
	answers [MaxSeats]answers
	conns   [MaxSeats]uint64 // the connection that speaks for the seat
	armed   time.Time        // the earliest timer on its way; zero for none
	retired bool
	scratch []Offer
	saved   uint64 // the sequence of the last snapshot
	base    uint64 // that of the one it was recovered from; never changes once others know the room

	mu      sync.Mutex
	lobby   lobby
	seq     uint64
	offers  []OpenOffer
	commits []*Commit
	errors  int
	last    time.Time     // of the last commit
	changed chan struct{} // closed at the next commit; nil while nobody waits
	moved   bool          // another owner has the room
}

func newLiveRoom(h *Host, rules Rules, spec Spec) *liveRoom {
	game := rules.game()
	return &liveRoom{host: h, id: spec.ID, game: game, spec: spec, match: rules.newMatch(), lobby: newLobby(game.seats)}
}

// handle decides one command and makes what it brought about known. An error
// means that the command is still to be done.
func (r *liveRoom) handle(ctx context.Context, c *Command, received time.Time) (Answer, error) {
	if answer, repeated := r.answered(c); repeated {
		return answer, nil
	}
	now := r.host.now()
	d := r.draft(now, correlation.From(ctx), correlation.RecordedTrace(ctx))
	answer := Answer{Seat: c.Seat, CorrelationID: d.correlationID}
	commit := &Commit{
		Room: r.id, GameName: r.game.name, Command: c.Type, By: c.By, Seat: c.Seat,
		Received: received, Time: now, Trace: correlation.Trace(ctx), match: r.match,
	}
	if offer := r.offerTo(c.Seat); offer != nil {
		commit.Response = max(now.Sub(offer.Opened), 0)
	}
	_, decided := r.host.step(ctx, stepDecide)
	err := r.decide(d, c, &answer)
	decided(faultOf(err))
	if err != nil {
		answer.Seq, answer.Err = r.seq, refusalOf(err)
		r.refuse(ctx, d, c, commit, err)
		r.remember(c, answer)
		return answer, nil
	}
	switch c.Type {
	case Join:
		r.answers[answer.Seat] = answers{} // of whoever sat here before
		r.conns[answer.Seat] = c.conn
	case connect:
		r.conns[answer.Seat] = c.conn
	}
	if len(d.events) > 0 {
		if err := r.append(ctx, d.events); err != nil {
			return answer, fmt.Errorf("room %s: %w", r.id, err)
		}
		r.commit(d, commit)
	}
	answer.Seq = r.seq
	r.remember(c, answer)
	r.save(ctx)
	r.arm(now)
	r.host.observe(ctx, commit)
	return answer, nil
}

func (r *liveRoom) append(ctx context.Context, events []event.Event) error {
	ctx, appended := r.host.step(ctx, stepAppend)
	err := r.host.journal.Append(ctx, r.id, r.seq, events)
	appended(err)
	return err
}

// commit makes the draft the room's state and shows it to followers.
func (r *liveRoom) commit(d *draft, c *Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.host.publisher.Publish(d.events)
	offers := r.reopen(d)
	r.match.commit()
	r.lobby, r.seq, r.last = d.lobby, d.seq, d.now
	c.Game, c.Events, c.Offers, c.Waiting = d.lobby.game, d.events, offers, r.offers
	c.Done = r.host.now()
	r.commits = append(r.commits, c)
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

func (r *liveRoom) lastBefore(t time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last.Before(t)
}

// refuse tells observers what did not happen. It leaves no trace in the
// journal: a stranger could fill it.
func (r *liveRoom) refuse(ctx context.Context, d *draft, c *Command, commit *Commit, err error) {
	if c.Type == timer {
		return
	}
	refusal := refusalOf(err)
	rejected := []event.Event{{
		Type: event.ActionRejected, Time: d.now, Room: r.id, Game: r.lobby.game,
		CorrelationID: d.correlationID, TraceID: d.traceID,
		Data: event.Action{
			Seat: c.Seat, Action: c.Type, PlayerType: string(c.By), Command: c.ID,
			Code: refusal.Code, Message: refusal.Message,
		},
	}}
	if c.Seat >= 0 && c.Seat < len(r.lobby.seats) {
		rejected[0].Player = r.lobby.seats[c.Seat].Player
	}
	if refusal.Code == CodeInternal {
		r.host.config.Log.ErrorContext(ctx, "command failed", "room", r.id, "command", c.Type, "error", err)
		r.fail(ctx, d.now)
	}
	r.host.publisher.Publish(rejected)
	commit.Game, commit.Events, commit.Err = r.lobby.game, rejected, err
	r.host.observe(ctx, commit)
}

// fail counts a fault of the server's own and tells those who follow
// everything.
func (r *liveRoom) fail(ctx context.Context, now time.Time) {
	r.mu.Lock()
	r.errors++
	game, state := r.lobby.game, r.lobby.state
	r.mu.Unlock()
	r.host.publisher.Publish([]event.Event{{
		Type: event.ErrorOccurred, Time: now, Room: r.id, Game: game,
		CorrelationID: correlation.From(ctx), TraceID: correlation.RecordedTrace(ctx),
		Data: event.Fault{Error: CodeInternal, State: state, Message: "a command could not be handled"},
	}})
}

// reopen compares what the game waits for with what it waited for before, and
// returns the offers that are new.
func (r *liveRoom) reopen(d *draft) []OpenOffer {
	r.scratch = r.scratch[:0]
	if !d.lobby.started.IsZero() && !d.lobby.ended {
		r.scratch = r.match.offers(r.scratch)
	}
	var fresh []OpenOffer
	waiting := make([]OpenOffer, 0, len(r.scratch))
	for _, o := range r.scratch {
		next := OpenOffer{Seat: o.Seat, Turn: o.Turn, Opened: d.now}
		if o.Within > 0 || o.Seat == NoSeat {
			next.Deadline = d.now.Add(o.Within)
		}
		if o.Seat != NoSeat {
			seat := &d.lobby.seats[o.Seat]
			next.Player, next.By, next.Strength = seat.Player, seat.plays(), seat.Strength
		}
		i := slices.IndexFunc(r.offers, func(p OpenOffer) bool { return p.Seat == o.Seat && p.Turn == o.Turn })
		if i >= 0 {
			next.Opened = r.offers[i].Opened
		}
		switch {
		case i < 0 || r.offers[i].By != next.By:
			fresh = append(fresh, next)
		case d.timeouts && r.offers[i].overdue(d.now):
			// Nobody answered and nobody else can: ask again, but not at once,
			// or a game that ignores its pauses would keep a processor busy.
			next.Deadline = d.now.Add(max(o.Within, time.Second))
			fresh = append(fresh, next)
		default:
			next.Deadline = r.offers[i].Deadline
		}
		waiting = append(waiting, next)
	}
	r.offers = waiting
	return fresh
}

// offerTo returns the seat's open offer, or nil.
func (r *liveRoom) offerTo(seat int) *OpenOffer {
	for i := range r.offers {
		if r.offers[i].Seat == seat && seat != NoSeat {
			return &r.offers[i]
		}
	}
	return nil
}

// answers remembers the last answers of a seat, so that a repeated command
// gets the one that it got before.
type answers struct {
	byID  map[string]Answer
	order []string
}

// rememberedAnswers bounds what a seat can make a room remember.
const rememberedAnswers = 256

func (r *liveRoom) answered(c *Command) (Answer, bool) {
	if c.ID == "" || c.Seat < 0 || c.Seat >= MaxSeats {
		return Answer{}, false
	}
	answer, ok := r.answers[c.Seat].byID[c.ID]
	return answer, ok
}

func (r *liveRoom) remember(c *Command, answer Answer) {
	if c.ID == "" || c.Seat < 0 || c.Seat >= MaxSeats {
		return
	}
	a := &r.answers[c.Seat]
	if a.byID == nil {
		a.byID = make(map[string]Answer)
	}
	if len(a.order) == rememberedAnswers {
		delete(a.byID, a.order[0])
		a.order = a.order[1:]
	}
	a.byID[c.ID] = answer
	a.order = append(a.order, c.ID)
}

func equalSecret(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func botName(seat int) string { return "bot-" + strconv.Itoa(seat) }
