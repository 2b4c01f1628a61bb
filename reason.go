package pitboss

// Reason says why a message was given up on.
type Reason string

// The reasons, as they appear in dead letters and in metrics.
const (
	// ReasonMaxRetries: every allowed attempt failed.
	ReasonMaxRetries Reason = "max_retries_exceeded"
	// ReasonTTL: the message's time to live passed before it was delivered.
	ReasonTTL Reason = "ttl_expired"
	// ReasonFailed: the handler failed in a way that no retry can mend.
	ReasonFailed Reason = "processing_failed"
	// ReasonInvalid: the message itself is malformed.
	ReasonInvalid Reason = "validation_failed"
	// ReasonNoHandler: nobody handles this kind of message.
	ReasonNoHandler Reason = "no_handler"
	// ReasonDeadline: the deadline passed before the message was handled.
	ReasonDeadline Reason = "deadline_missed"
	// ReasonOverflow: a bounded queue made room.
	ReasonOverflow Reason = "overflow"
	// ReasonManual: a person or a program removed it on purpose.
	ReasonManual Reason = "manual"
)

// Reasons lists all of them.
func Reasons() []Reason {
	return []Reason{
		ReasonMaxRetries, ReasonTTL, ReasonFailed, ReasonInvalid,
		ReasonNoHandler, ReasonDeadline, ReasonOverflow, ReasonManual,
	}
}
