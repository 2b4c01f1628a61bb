package stream

import (
	"net/url"
	"strings"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Filter chooses events: those that match every field that is set. Its zero
// value chooses all.
type Filter struct {
	// Types are names of types, or of groups of them such as "game.*"; one of
	// them must match. Empty: all types.
	Types []string
	// Room, Game, Player and Correlation match exactly.
	Room, Game, Player, Correlation string
	// Severity is the least that is wanted: Warning means warnings and errors.
	Severity Severity
}

// Query returns the filter as the parameters of a request.
func (f Filter) Query() url.Values {
	q := make(url.Values)
	if len(f.Types) > 0 {
		q["type"] = f.Types
	}
	for name, value := range map[string]string{
		"room": f.Room, "game": f.Game, "player": f.Player, "correlation": f.Correlation,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Severity != Info {
		q.Set("severity", f.Severity.String())
	}
	return q
}

// matcher is a filter made quick. It is immutable.
type matcher struct {
	kinds                           uint64 // the set of types, severity included
	room, game, player, correlation string
	all                             bool // nothing is left out
}

const everyKind = ^uint64(0)

func (m *matcher) match(e *Entry, kind uint8) bool {
	if m.all {
		return true
	}
	return m.kinds>>kind&1 != 0 &&
		(m.room == "" || m.room == e.event.Room) &&
		(m.game == "" || m.game == e.event.Game) &&
		(m.player == "" || m.player == e.event.Player) &&
		(m.correlation == "" || m.correlation == e.event.CorrelationID)
}

// types knows every type that can be named, by the order of its kind.
type types struct {
	names []event.Type
	kinds kinds
}

// Other is what events are counted as whose type is neither one of [event.Types]
// nor named in [Config.Types].
const Other event.Type = "other"

// otherKind is the kind of such types.
const otherKind = maxTypes

func newTypes(more []event.Type) types {
	names := append(event.Types(), more...)
	return types{names: names, kinds: newKinds(names)}
}

// compile makes a matcher, or says what is wrong with the filter.
func (t *types) compile(f Filter) (matcher, error) {
	m := matcher{kinds: everyKind, room: f.Room, game: f.Game, player: f.Player, correlation: f.Correlation}
	var faults pitboss.FieldErrors
	if len(f.Types) > 0 {
		m.kinds = 0
	}
	for _, pattern := range f.Types {
		set := t.named(pattern)
		if set == 0 {
			faults.Add("type", pattern, t.allowed())
		}
		m.kinds |= set
	}
	if f.Severity > Error {
		faults.Add("severity", uint8(f.Severity), "info, warning or error")
	}
	if f.Severity > Info {
		m.kinds &= t.atLeast(f.Severity)
	}
	m.all = m.kinds == everyKind && f.Room == "" && f.Game == "" && f.Player == "" && f.Correlation == ""
	return m, faults.Err()
}

// named returns the types that a name or the pattern of a group stands for.
func (t *types) named(pattern string) (set uint64) {
	if kind := t.kinds.of(event.Type(pattern)); kind != otherKind {
		return 1 << kind
	}
	if subject, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasSuffix(subject, ".") {
		for i, name := range t.names {
			if strings.HasPrefix(string(name), subject) {
				set |= 1 << i
			}
		}
	}
	return set
}

func (t *types) atLeast(least Severity) (set uint64) {
	for i, name := range t.names {
		if SeverityOf(name) >= least {
			set |= 1 << i
		}
	}
	return set
}

func (t *types) allowed() string {
	names := make([]string, len(t.names))
	for i, name := range t.names {
		names[i] = string(name)
	}
	return "a group such as game.*, or one of " + strings.Join(names, ", ")
}
