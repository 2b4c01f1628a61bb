package stream

import (
	"slices"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Severity says how much attention an event deserves.
type Severity uint8

// The severities, from the least. Every type has one; see [SeverityOf].
const (
	Info Severity = iota
	Warning
	Error
)

var severityNames = []string{"info", "warning", "error"}

// String returns info, warning or error.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "unknown"
}

// UnmarshalText reads what String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames, string(text))
	if i < 0 {
		return &pitboss.FieldError{Field: "severity", Value: string(text), Allowed: "info, warning or error"}
	}
	*s = Severity(i)
	return nil
}

// SeverityOf returns a type's severity: Error for what failed through the
// server's own fault and was given up on, Warning for what did not go as somebody
// wanted, Info for everything else.
func SeverityOf(t event.Type) Severity {
	switch t {
	case event.ErrorOccurred, event.TaskFailed, event.MessageDeadLettered:
		return Error
	case event.ActionRejected, event.PlayerDisconnected, event.TaskLate:
		return Warning
	}
	return Info
}
