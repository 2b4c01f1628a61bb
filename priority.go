package pitboss

import "fmt"

// Priority ranks messages of one queue. The zero value is [Normal], so a
// message that says nothing is an ordinary one.
type Priority int8

// The five levels, least urgent first.
const (
	Background Priority = iota - 2
	Low
	Normal
	High
	Critical
)

// Priorities is the number of levels.
const Priorities = int(Critical-Background) + 1

var priorityNames = [Priorities]string{"background", "low", "normal", "high", "critical"}

// Level returns p as an index from 0 ([Background]) to [Priorities]-1
// ([Critical]). It is meaningful for valid priorities only.
func (p Priority) Level() int { return int(p - Background) }

// PriorityAt is the inverse of [Priority.Level].
func PriorityAt(level int) Priority { return Background + Priority(level) }

// Valid reports whether p is one of the five levels.
func (p Priority) Valid() bool { return p >= Background && p <= Critical }

// String returns the level's name in lower case, as metrics and the API use it.
func (p Priority) String() string {
	if !p.Valid() {
		return fmt.Sprintf("priority(%d)", int8(p))
	}
	return priorityNames[p.Level()]
}

// MarshalText encodes p by its name.
func (p Priority) MarshalText() ([]byte, error) {
	if !p.Valid() {
		return nil, p.fault()
	}
	return []byte(p.String()), nil
}

// UnmarshalText accepts the five names.
func (p *Priority) UnmarshalText(text []byte) error {
	for level, name := range priorityNames {
		if name == string(text) {
			*p = PriorityAt(level)
			return nil
		}
	}
	return &FieldError{Field: "priority", Value: string(text), Allowed: priorityAllowed}
}

const priorityAllowed = "background, low, normal, high or critical"

func (p Priority) fault() error {
	return &FieldError{Field: "priority", Value: int8(p), Allowed: priorityAllowed}
}
