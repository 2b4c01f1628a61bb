package visual

import (
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/room"
)

// Health is how a room is.
type Health string

// The kinds of health, worst first.
const (
	Stuck    Health = "stuck"    // nobody moves it on; see [Reason]
	Critical Health = "critical" // more than 10 errors within 10 minutes
	Warning  Health = "warning"  // more than 5
	Idle     Health = "idle"     // nothing happened for 5 minutes
	Healthy  Health = "healthy"
)

// Healths lists all of them, best first.
func Healths() []Health { return []Health{Healthy, Idle, Warning, Critical, Stuck} }

// severity is greater the worse it is.
func (h Health) severity() int {
	switch h {
	case Stuck:
		return 4
	case Critical:
		return 3
	case Warning:
		return 2
	case Idle:
		return 1
	default:
		return 0
	}
}

const (
	criticalErrors = 10
	warningErrors  = 5
	errorWindow    = 10 * time.Minute
	idleAfter      = 5 * time.Minute
)

// Reason is why a room is stuck.
type Reason string

// The reasons, in the order in which they are looked for: what explains others
// comes first.
const (
	// OwnerGone: the process that runs the room is not alive, as
	// [Config.Owners] says.
	OwnerGone Reason = "owner_gone"
	// QueueBlocked: a command of the room has been ready, and nothing handled
	// that long, as [Config.Backlog] shows.
	QueueBlocked Reason = "queue_blocked"
	// BotTaskDead: the room waits for a bot whose task became a dead letter
	// after it was asked; see [Visual.DeadLetter].
	BotTaskDead Reason = "bot_task_dead_lettered"
	// TimerLost: a deadline has passed, and the room's timer did not come.
	TimerLost Reason = "timer_lost"
	// WaitingForHuman: a person's deadline passed twice over and the room was
	// left to wait, or has no deadline and waits beyond [Config.Patience].
	WaitingForHuman Reason = "waiting_for_human"
	// WaitingForBot: the same with a bot whose task nobody gave up on.
	WaitingForBot Reason = "waiting_for_bot"
)

// Reasons lists all of them, in their order.
func Reasons() []Reason {
	return []Reason{OwnerGone, QueueBlocked, BotTaskDead, TimerLost, WaitingForHuman, WaitingForBot}
}

const (
	// blockedAfter is how old a ready command is in a queue that is blocked.
	blockedAfter = 10 * time.Second
	// lateTimer is how late a timer is that is lost; a room that could not look
	// at its deadlines tries again after 10 s.
	lateTimer = 15 * time.Second
	// settled is how old a dead letter is that nothing came after: bots that are
	// late play something simple in its place.
	settled = 5 * time.Second
	// peeked bounds the commands looked at for the rooms they belong to.
	peeked = 1000
)

// Diagnosis is why a room is stuck and since when.
type Diagnosis struct {
	Reason Reason    `json:"reason"`
	Detail string    `json:"detail"`
	Since  time.Time `json:"since"`
	Player string    `json:"player,omitempty"` // for whom it waits
}

// evidence is what rooms are judged by, gathered once for all of them.
type evidence struct {
	now     time.Time
	config  *Config
	oldest  time.Duration
	blocked map[string]bool // rooms with a command that waits; nil: none
}

func (v *Visual) evidence(now time.Time) evidence {
	e := evidence{now: now, config: &v.config}
	if v.config.Backlog == nil {
		return e
	}
	if e.oldest = v.config.Backlog.Stats().Oldest; e.oldest < blockedAfter {
		return e
	}
	e.blocked = make(map[string]bool)
	for _, m := range v.config.Backlog.Peek(peeked) {
		e.blocked[m.Key] = true
	}
	return e
}

// health judges a room that is open.
func (e *evidence) health(t *table) (Health, *Diagnosis) {
	if d := e.stuck(t); d != nil {
		d.Since = d.Since.UTC()
		return Stuck, d
	}
	errors := 0
	for i := range min(t.errors, uint64(len(t.recent))) {
		if t.recent[i] > e.now.Add(-errorWindow).UnixNano() {
			errors++
		}
	}
	switch {
	case errors > criticalErrors:
		return Critical, nil
	case errors > warningErrors:
		return Warning, nil
	case e.now.Sub(t.last) >= idleAfter:
		return Idle, nil
	}
	return Healthy, nil
}

func (e *evidence) stuck(t *table) *Diagnosis {
	if e.config.Owners != nil {
		if name, alive := e.config.Owners.Owner(t.id); !alive {
			return &Diagnosis{Reason: OwnerGone, Detail: fmt.Sprintf("its owner %q is not alive", name), Since: t.last}
		}
	}
	if e.blocked[t.id] && e.now.Sub(t.last) >= blockedAfter {
		return &Diagnosis{
			Reason: QueueBlocked, Since: t.last,
			Detail: fmt.Sprintf("its commands are not handled; the oldest command waits for %v", e.oldest.Round(time.Second)),
		}
	}
	if o := t.waitsForBot(); o != nil && t.dead != nil && !t.dead.at.Before(o.Opened) && e.now.Sub(t.dead.at) >= settled {
		return &Diagnosis{
			Reason: BotTaskDead, Since: t.dead.at, Player: o.Player,
			Detail: fmt.Sprintf("the task of %s is dead letter %s of queue %s: %s", o.Player, t.dead.id, t.dead.queue, t.dead.reason),
		}
	}
	for i := range t.waiting {
		if d := e.overdue(t, &t.waiting[i]); d != nil {
			return d
		}
	}
	return nil
}

// overdue judges one offer that nobody answered.
func (e *evidence) overdue(t *table, o *room.OpenOffer) *Diagnosis {
	deadline, opened := o.Deadline, o.Opened
	if t.asked.After(opened) && t.asked.Before(deadline) {
		opened = t.asked
	}
	if deadline.IsZero() {
		if o.By != room.Human {
			return nil
		}
		deadline = opened.Add(e.config.Patience)
	} else if e.now.Sub(deadline) >= lateTimer && t.timer.Before(deadline) && t.journaled.Before(deadline) {
		return &Diagnosis{
			Reason: TimerLost, Since: deadline, Player: o.Player,
			Detail: "the deadline has passed and the room's timer did not come",
		}
	}
	patience := deadline.Sub(opened)
	if o.Seat == room.NoSeat || e.now.Sub(deadline) < patience || e.now.Sub(t.journaled) < 2*patience {
		return nil
	}
	d := &Diagnosis{
		Reason: WaitingForBot, Since: deadline, Player: o.Player,
		Detail: fmt.Sprintf("waits for %s since %v", o.Player, e.now.Sub(o.Opened).Round(time.Second)),
	}
	if o.By == room.Human {
		d.Reason = WaitingForHuman
	}
	return d
}

// waitsForBot returns the offer that a bot is to answer, or nil.
func (t *table) waitsForBot() *room.OpenOffer {
	for i := range t.waiting {
		if t.waiting[i].By == room.Bot {
			return &t.waiting[i]
		}
	}
	return nil
}
