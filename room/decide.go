package room

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// decide puts what the command brings about into the draft, or says why not.
func (r *liveRoom) decide(d *draft, c *Command, answer *Answer) error {
	switch c.Type {
	case open:
		return r.open(d)
	case Join:
		return r.join(d, c, answer)
	case connect:
		return r.connect(d, c, answer)
	case disconnect:
		if c.conn == r.conns[c.Seat] && d.lobby.seats[c.Seat].Connected && !d.lobby.closed {
			f := d.seatFact(event.PlayerDisconnected, c.Seat)
			if c.heard && d.lobby.seats[c.Seat].untried {
				f.Secret = parted{HasSession: true}
			}
			d.add(f)
		}
		return nil
	case timer:
		return r.timeouts(d)
	case resume:
		r.resume(d)
		return nil
	case Start, Timeout:
		return Refuse(CodeUnknown, "%q is not a command for players", c.Type)
	}
	if c.Seat < 0 || c.Seat >= len(d.lobby.seats) || d.lobby.seats[c.Seat].free() {
		return Refuse(CodeNotYourTurn, "nobody sits in seat %d", c.Seat)
	}
	switch c.Type {
	case Ready:
		return r.ready(d, c)
	case Leave:
		return r.leave(d, c)
	}
	return r.play(d, c)
}

func (r *liveRoom) open(d *draft) error {
	d.add(Fact{
		Type: event.RoomCreated, Seat: NoSeat,
		Data:   event.Opening{Game: r.game.name, Seats: r.game.seats, Bots: r.spec.Bots},
		Secret: Setup{Seed: r.spec.Seed},
	})
	// People sit first, so that the host is seat 0.
	for i := range r.spec.Bots {
		seat := r.game.seats - r.spec.Bots + i
		d.join(seat, botName(seat), Bot, r.spec.Strength, "")
	}
	return r.startIfReady(d)
}

func (r *liveRoom) join(d *draft, c *Command, answer *Answer) error {
	if d.lobby.closed {
		return Refuse(CodeOver, "the room has closed")
	}
	if seat := d.lobby.seatOf(c.Player); seat >= 0 {
		return r.joinAgain(d, c, seat, answer)
	}
	if !d.lobby.started.IsZero() {
		return Refuse(CodeStarted, "the game has started")
	}
	seat := d.lobby.freeSeat()
	if seat < 0 {
		return Refuse(CodeFull, "all %d seats are taken", r.game.seats)
	}
	answer.Seat, answer.Session = seat, c.session
	d.join(seat, c.Player, Human, "", c.session)
	d.add(d.seatFact(event.PlayerConnected, seat))
	return nil
}

// joinAgain gives a player who was never told the session a new one.
func (r *liveRoom) joinAgain(d *draft, c *Command, seat int, answer *Answer) error {
	s := &d.lobby.seats[seat]
	if !s.lost() {
		return Refuse(CodeSeatTaken, "%s already sits here; come back with the session", c.Player)
	}
	answer.Seat, answer.Session = seat, c.session
	f := d.seatFact(event.PlayerReconnected, seat)
	f.Secret = joined{Session: c.session, Strength: s.Strength}
	d.add(f)
	r.takeBack(d, seat)
	return nil
}

func (r *liveRoom) connect(d *draft, c *Command, answer *Answer) error {
	seat := d.lobby.seatOf(c.Player)
	if seat < 0 || d.lobby.seats[seat].session == "" || !equalSecret(d.lobby.seats[seat].session, c.session) {
		if d.lobby.closed { // who still has a seat may read how it ended
			return Refuse(CodeOver, "the room has closed")
		}
		return Refuse(CodeSession, "no seat of %s's goes by this session", c.Player)
	}
	answer.Seat, answer.Session = seat, c.session
	if !d.lobby.closed {
		d.add(d.seatFact(event.PlayerReconnected, seat))
		r.takeBack(d, seat)
	}
	return nil
}

func (r *liveRoom) leave(d *draft, c *Command) error {
	if d.lobby.closed || d.lobby.seats[c.Seat].left {
		return Refuse(CodeOver, "there is nothing left to leave")
	}
	d.add(d.seatFact(event.RoomLeft, c.Seat))
	if !d.lobby.started.IsZero() && !d.lobby.peopled() {
		r.abandon(d, "left")
	}
	return nil
}

// takeBack ends a bot's standing in for a player who is here again.
func (r *liveRoom) takeBack(d *draft, seat int) {
	if d.lobby.seats[seat].Away {
		d.add(Fact{Type: event.PlayerAction, Seat: seat, Data: event.Action{
			Seat: seat, Action: event.ActionBack, PlayerType: string(Human),
		}})
	}
}

func (r *liveRoom) ready(d *draft, c *Command) error {
	switch {
	case d.lobby.closed:
		return Refuse(CodeOver, "the room has closed")
	case !d.lobby.started.IsZero():
		return Refuse(CodeStarted, "the game has started")
	}
	fact := d.seatFact(event.PlayerReady, c.Seat)
	seat := fact.Data.(event.Seat)
	seat.Command = c.ID
	fact.Data = seat
	d.add(fact)
	return r.startIfReady(d)
}

func (r *liveRoom) startIfReady(d *draft) error {
	if !d.lobby.readyToStart() {
		return nil
	}
	setup := Setup{Seed: r.spec.Seed, Players: make([]string, len(d.lobby.seats))}
	for i := range d.lobby.seats {
		setup.Players[i] = d.lobby.seats[i].Player
	}
	d.add(Fact{
		Type: event.GameStarted, Seat: NoSeat,
		Data: event.Start{Game: r.game.name, Players: setup.Players}, Secret: setup,
	})
	return r.ask(d, &Command{Room: r.id, Type: Start, Seat: NoSeat, Data: setup})
}

// ask lets the game decide, and adds what it says.
func (r *liveRoom) ask(d *draft, c *Command) error {
	facts, err := r.match.decide(*c)
	if err != nil {
		return err
	}
	d.add(facts...)
	r.closeIfEnded(d)
	return nil
}

// play is a command of the game's own.
func (r *liveRoom) play(d *draft, c *Command) error {
	switch {
	case d.lobby.started.IsZero():
		return Refuse(CodeNotStarted, "the game has not started")
	case d.lobby.ended:
		return Refuse(CodeOver, "the game is over")
	case c.By == Human && d.lobby.seats[c.Seat].left:
		return Refuse(CodeOver, "you have left; a bot plays on")
	}
	offer := r.offerTo(c.Seat)
	if c.Turn != 0 && (offer == nil || offer.Turn != c.Turn) {
		return Refuse(CodeStale, "turn %d has passed", c.Turn)
	}
	if c.By == Bot && offer != nil && offer.By != Bot {
		return Refuse(CodeStale, "the player is back")
	}
	var response time.Duration
	if offer != nil {
		response = max(d.now.Sub(offer.Opened), 0)
	}
	// The game first: an action counts only if it was accepted, but it comes
	// before its effects.
	facts, err := r.match.decide(*c)
	if err != nil {
		return err
	}
	if c.By == Human {
		r.takeBack(d, c.Seat)
	}
	d.events = slices.Grow(d.events, 1+len(facts))
	d.add(Fact{Type: event.PlayerAction, Seat: c.Seat, Data: event.Action{
		Seat: c.Seat, Action: c.Type, PlayerType: string(c.By), Command: c.ID, ResponseMS: milliseconds(response),
	}})
	d.add(facts...)
	r.closeIfEnded(d)
	return nil
}

func (r *liveRoom) closeIfEnded(d *draft) {
	if d.lobby.ended && !d.lobby.closed {
		d.add(Fact{Type: event.RoomClosed, Seat: NoSeat, Data: event.Closing{Reason: string(d.lobby.result.Outcome)}})
	}
}
