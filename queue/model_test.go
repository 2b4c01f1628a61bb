package queue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// model is a queue as the documentation describes it, on slices and by search,
// without any of the structures that make the real one fast. It is told the
// time.
type model struct {
	now        int64
	priorities bool
	keyed      bool
	edf        bool
	ageing     int64
	visibility int64
	capacity   int
	overflow   Overflow
	window     int64

	all      []*modelMessage // all that are there, by sequence
	sequence uint64
	counter  int64 // numbers turns and arrivals
	keys     map[string]*modelKey
	seen     map[string]modelSighting
	flights  []*modelMessage
	stats    pitboss.Stats
	drops    []string
}

type modelSighting struct {
	sequence uint64
	at       int64
}

type modelMessage struct {
	message  pitboss.Message[string]
	sequence uint64
	at       int64
	since    int64
	due      int64
	expires  int64
	deadline int64
	reason   pitboss.Reason
	attempt  int
	history  []pitboss.Attempt
	state    state
	lane     int
	returned bool
	holds    bool
	passed   bool
	turn     int64 // when it was filed, in keyed order as head of its key
	arrival  int64
	owner    int
}

type modelKey struct {
	waiting []*modelMessage
	out     int
	filed   *modelMessage
	lane    int
	turn    int64
}

func (m *model) key(name string) *modelKey {
	k := m.keys[name]
	if k == nil {
		k = &modelKey{}
		m.keys[name] = k
	}
	return k
}

func (m *model) tick() int64 {
	m.counter++
	return m.counter
}

func (m *model) enqueue(msg pitboss.Message[string]) (pitboss.Receipt, error) {
	if msg.ID != "" && m.window > 0 {
		if s, ok := m.seen[msg.ID]; ok && m.now-s.at < m.window {
			m.stats.Duplicates++
			return pitboss.Receipt{Sequence: s.sequence, Duplicate: true}, nil
		}
	}
	if m.capacity > 0 && len(m.all) >= m.capacity {
		victim := m.oldest()
		switch {
		case m.overflow == Block:
			return pitboss.Receipt{}, errWait
		case m.overflow == Reject || victim == nil:
			m.stats.Rejected++
			return pitboss.Receipt{}, pitboss.ErrFull
		}
		m.leave(victim)
		m.drop(victim, pitboss.ReasonOverflow)
	}
	m.sequence++
	m.stats.Enqueued++
	if msg.ID != "" && m.window > 0 {
		m.seen[msg.ID] = modelSighting{m.sequence, m.now}
	}
	x := &modelMessage{
		message: msg, sequence: m.sequence, at: m.now, since: m.now,
		expires: never, deadline: never, reason: pitboss.ReasonTTL,
	}
	if m.priorities {
		x.lane = msg.Priority.Level()
	}
	if msg.TTL > 0 {
		x.expires = m.now + int64(msg.TTL)
	}
	if !msg.Deadline.IsZero() {
		x.deadline = m.now + int64(time.Until(msg.Deadline))
		if x.deadline <= x.expires {
			x.expires, x.reason = x.deadline, pitboss.ReasonDeadline
		}
	}
	m.all = append(m.all, x)
	switch {
	case x.expires <= m.now:
		m.drop(x, x.reason)
	case msg.Delay > 0:
		x.due = m.now + int64(msg.Delay)
		x.since = x.due
		x.state = stateDelayed
	default:
		m.enter(x, false)
	}
	return pitboss.Receipt{Sequence: m.sequence}, nil
}

// enter makes x ready.
func (m *model) enter(x *modelMessage, back bool) {
	x.state = stateReady
	x.arrival = m.tick()
	x.returned = back && !m.keyed
	if back {
		x.arrival = -x.arrival
	}
	x.turn = m.tick()
	if !m.keyed || x.message.Key == "" {
		return
	}
	k := m.key(x.message.Key)
	place := len(k.waiting)
	if back {
		place = 0
		for place < len(k.waiting) && k.waiting[place].attempt > 0 && k.waiting[place].sequence < x.sequence {
			place++
		}
	}
	k.waiting = slices.Insert(k.waiting, place, x)
	m.refile(k)
}

func (m *model) refile(k *modelKey) {
	var want *modelMessage
	lane := 0
	if k.out == 0 && len(k.waiting) > 0 {
		want = k.waiting[0]
		for _, x := range k.waiting {
			lane = max(lane, x.lane)
		}
	}
	if want == k.filed && lane == k.lane {
		return
	}
	k.filed, k.lane, k.turn = want, lane, m.tick()
}

// leave takes a ready x out of the order.
func (m *model) leave(x *modelMessage) {
	if m.keyed && x.message.Key != "" {
		k := m.key(x.message.Key)
		k.waiting = slices.DeleteFunc(k.waiting, func(y *modelMessage) bool { return x == y })
		m.refile(k)
	}
}

// letGo ends the wait of x's key for x.
func (m *model) letGo(x *modelMessage) {
	if x.holds && m.keyed && x.message.Key != "" {
		k := m.key(x.message.Key)
		k.out--
		m.refile(k)
	}
	x.holds = false
}

func (m *model) drop(x *modelMessage, reason pitboss.Reason) {
	if reason == pitboss.ReasonTTL || reason == pitboss.ReasonDeadline {
		m.stats.Expired++
	} else {
		m.stats.Dropped++
	}
	m.drops = append(m.drops, fmt.Sprint(x.message.Payload, " ", reason))
	m.gone(x)
}

func (m *model) gone(x *modelMessage) {
	m.all = slices.DeleteFunc(m.all, func(y *modelMessage) bool { return x == y })
}

// tracked: the lanes themselves do not keep the order of arrival.
func (m *model) tracked() bool { return m.keyed || m.edf }

// oldest is what drop-oldest drops.
func (m *model) oldest() *modelMessage {
	var ready []*modelMessage
	for _, x := range m.all {
		if x.state == stateReady {
			ready = append(ready, x)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return slices.MinFunc(ready, func(a, b *modelMessage) int {
		if a.lane != b.lane {
			return cmp.Compare(a.lane, b.lane)
		}
		if m.tracked() {
			return cmp.Compare(a.arrival, b.arrival)
		}
		return m.compare(a, a.turn, b, b.turn)
	})
}

// compare orders two messages of one lane.
func (m *model) compare(a *modelMessage, aTurn int64, b *modelMessage, bTurn int64) int {
	if m.edf && (a.deadline != never || b.deadline != never) {
		return cmp.Or(cmp.Compare(a.deadline, b.deadline), cmp.Compare(a.sequence, b.sequence))
	}
	switch {
	case a.returned && b.returned:
		return cmp.Compare(a.sequence, b.sequence)
	case a.returned:
		return -1
	case b.returned:
		return 1
	}
	return cmp.Compare(aTurn, bTurn)
}

// next is what is to be delivered next.
func (m *model) next() *modelMessage {
	type candidate struct {
		x    *modelMessage
		lane int
		turn int64
	}
	var best [pitboss.Priorities]*candidate
	for _, x := range m.all {
		if x.state != stateReady {
			continue
		}
		c := &candidate{x, x.lane, x.turn}
		if m.keyed && x.message.Key != "" {
			k := m.key(x.message.Key)
			if k.filed != x {
				continue
			}
			c.lane, c.turn = k.lane, k.turn
		}
		if b := best[c.lane]; b == nil || m.compare(c.x, c.turn, b.x, b.turn) < 0 {
			best[c.lane] = c
		}
	}
	var first *candidate
	var firstRank int64
	for lane := len(best) - 1; lane >= 0; lane-- {
		c := best[lane]
		if c == nil {
			continue
		}
		rank := int64(lane)
		if m.ageing > 0 {
			rank = min(rank+(m.now-c.x.since)/m.ageing, 4)
		}
		if first == nil || rank > firstRank || m.ageing > 0 && rank == firstRank && c.x.since < first.x.since {
			first, firstRank = c, rank
		}
	}
	if first == nil {
		return nil
	}
	return first.x
}

func (m *model) dequeue(owner int) *modelMessage {
	x := m.next()
	if x == nil {
		return nil
	}
	m.leave(x)
	if m.keyed && x.message.Key != "" {
		k := m.key(x.message.Key)
		k.out++
		m.refile(k)
	}
	x.state, x.holds, x.passed, x.owner = stateInFlight, true, false, owner
	x.attempt++
	m.stats.Delivered++
	if m.visibility > 0 {
		x.due = m.now + m.visibility
	}
	m.flights = append(m.flights, x)
	return x
}

func (m *model) land(x *modelMessage) {
	m.flights = slices.DeleteFunc(m.flights, func(y *modelMessage) bool { return x == y })
}

func (m *model) ack(x *modelMessage) {
	m.stats.Acked++
	m.land(x)
	m.letGo(x)
	m.gone(x)
}

func (m *model) term(x *modelMessage) {
	m.stats.Terminated++
	m.land(x)
	m.letGo(x)
	m.gone(x)
}

func (m *model) nak(x *modelMessage, r pitboss.Retry) {
	if !r.Attempt.IsZero() {
		x.history = append(slices.Clone(x.history), r.Attempt)
		x.history = x.history[max(0, len(x.history)-historyKept):]
	}
	m.land(x)
	m.stats.Nacked++
	if m.now >= x.expires {
		m.letGo(x)
		m.drop(x, x.reason)
		return
	}
	if r.Pass && m.keyed && x.message.Key != "" {
		x.passed = true
		m.letGo(x)
	}
	if r.Delay > 0 {
		x.state, x.due = stateDelayed, m.now+int64(r.Delay)
		return
	}
	m.enter(x, !x.passed)
	m.letGo(x)
}

// advance lets time pass and what is due happen, in order.
func (m *model) advance(d time.Duration) {
	until := m.now + int64(d)
	for {
		at := int64(never)
		var first *modelMessage
		for _, x := range m.all {
			event := x.expires
			switch x.state {
			case stateInFlight:
				continue
			case stateDelayed:
				event = min(event, x.due)
			}
			if event < at {
				first, at = x, event
			}
		}
		lease := int64(never)
		if m.visibility > 0 && len(m.flights) > 0 {
			lease = m.flights[0].due
		}
		if min(at, lease) > until {
			break
		}
		m.now = min(at, lease)
		switch {
		case lease < at:
			m.nak(m.flights[0], pitboss.Retry{})
		case m.now >= first.expires:
			if first.state == stateReady {
				m.leave(first)
			}
			m.letGo(first)
			m.drop(first, first.reason)
		default:
			m.enter(first, first.attempt > 0 && !first.passed)
			m.letGo(first)
		}
	}
	m.now = until
}

func (m *model) orderByKey() {
	if m.keyed {
		return
	}
	var ready []*modelMessage
	for lane := range pitboss.Priorities {
		var of []*modelMessage
		for _, x := range m.all {
			if x.state == stateReady && x.lane == lane {
				of = append(of, x)
			}
		}
		slices.SortFunc(of, func(a, b *modelMessage) int {
			if m.edf {
				return cmp.Compare(a.sequence, b.sequence)
			}
			return m.compare(a, a.turn, b, b.turn)
		})
		ready = append(ready, of...)
	}
	m.keyed = true
	for _, x := range m.all {
		if x.message.Key != "" && x.holds {
			m.key(x.message.Key).out++
		}
	}
	for _, x := range ready {
		m.enter(x, false)
	}
}

func (m *model) clear() int {
	n := 0
	for _, x := range slices.Clone(m.all) {
		if x.state == stateInFlight {
			continue
		}
		if x.state == stateReady {
			m.leave(x)
		}
		m.letGo(x)
		m.drop(x, pitboss.ReasonManual)
		n++
	}
	return n
}

// handBack returns what a consumer holds.
func (m *model) handBack(owner int) int {
	n := 0
	for _, x := range slices.Clone(m.flights) {
		if x.owner == owner {
			m.nak(x, pitboss.Retry{})
			n++
		}
	}
	return n
}

// clone copies m so that it can be played on.
func (m *model) clone() *model {
	c := *m
	copies := map[*modelMessage]*modelMessage{nil: nil}
	of := func(all []*modelMessage) []*modelMessage {
		var to []*modelMessage
		for _, x := range all {
			if copies[x] == nil {
				y := *x
				copies[x] = &y
			}
			to = append(to, copies[x])
		}
		return to
	}
	c.all, c.flights = of(m.all), of(m.flights)
	c.keys = map[string]*modelKey{}
	for name, k := range m.keys {
		c.keys[name] = &modelKey{of(k.waiting), k.out, copies[k.filed], k.lane, k.turn}
	}
	c.drops = nil
	return &c
}

// peek plays a copy until nothing can be delivered; what its key holds back
// comes last.
func (m *model) peek() []string {
	c := m.clone()
	var payloads []string
	for x := c.dequeue(0); x != nil; x = c.dequeue(0) {
		payloads = append(payloads, x.message.Payload)
		c.ack(x)
	}
	var held []*modelMessage
	for _, x := range c.all {
		if x.state == stateReady {
			held = append(held, x)
		}
	}
	slices.SortFunc(held, func(a, b *modelMessage) int {
		return cmp.Or(-cmp.Compare(a.lane, b.lane), cmp.Compare(a.arrival, b.arrival))
	})
	for _, x := range held {
		payloads = append(payloads, x.message.Payload)
	}
	return payloads
}

func (m *model) snapshot() pitboss.Stats {
	s := m.stats
	s.Capacity = m.capacity
	since := m.now
	for _, x := range m.all {
		switch x.state {
		case stateReady:
			s.Ready[x.message.Priority.Level()]++
			since = min(since, x.since)
		case stateDelayed:
			s.Delayed++
		case stateInFlight:
			s.InFlight++
		}
	}
	s.Oldest = time.Duration(m.now - since)
	return s
}

// same says whether two errors mean the same.
func same(got, want error) bool {
	return want == nil && got == nil || want != nil && errors.Is(got, want)
}
