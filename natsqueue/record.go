package natsqueue

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// A queue's log is a stream of records; each holds all that was written while
// the one before was being synced:
//
//	1 byte     version
//	8 bytes    who wrote it: a random number per opening of the queue
//	uvarint    how many records that writer wrote before
//	uvarint    the highest sequence given out
//	…          operations, see below
//
// An operation is a byte that says what, the message's sequence, and its rest.
// Strings and byte slices are preceded by their length. Instants are
// nanoseconds since 1970, zero for none.
const recordVersion = 1

const (
	// opAdd: a message, as it is now. It may come again further on, when the
	// log is cleaned up; the later one counts.
	opAdd byte = 1 + iota
	// opState: the message was delivered, or handed back.
	opState
	// opEnd: the message is gone.
	opEnd
	// opSeen: the message is gone, its ID is still to be recognised.
	opSeen
)

// headRoom is more than a record's header takes.
const headRoom = 1 + 8 + 2*binary.MaxVarintLen64

// status is what changes about a message.
type status struct {
	attempt int
	due     time.Time
	pass    bool
	history []pitboss.Attempt
}

func appendHeader(b []byte, writer, count, sequence uint64) []byte {
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint64(b, writer)
	b = binary.AppendUvarint(b, count)
	return binary.AppendUvarint(b, sequence)
}

func appendOp(b []byte, op byte, sequence uint64) []byte {
	return binary.AppendUvarint(append(b, op), sequence)
}

func appendString[S string | []byte](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, t.UnixNano())
}

func appendStatus(b []byte, s *status) []byte {
	b = binary.AppendUvarint(b, uint64(s.attempt))
	b = appendInstant(b, s.due)
	pass := byte(0)
	if s.pass {
		pass = 1
	}
	b = append(b, pass)
	b = binary.AppendUvarint(b, uint64(len(s.history)))
	for i := range s.history {
		a := &s.history[i]
		b = appendInstant(b, a.Time)
		b = binary.AppendVarint(b, int64(a.Duration))
		b = appendString(b, a.Error)
		b = appendString(b, a.Worker)
	}
	return b
}

// appendMessage writes all of m but the payload.
func appendMessage[T any](b []byte, m *pitboss.Message[T], enqueuedAt time.Time) []byte {
	b = appendInstant(b, enqueuedAt)
	b = append(b, byte(m.Priority))
	b = binary.AppendVarint(b, int64(m.Delay))
	b = binary.AppendVarint(b, int64(m.TTL))
	b = appendInstant(b, m.Deadline)
	b = appendString(b, m.Key)
	b = appendString(b, m.ID)
	b = appendString(b, m.Topic)
	b = appendString(b, m.CorrelationID)
	b = binary.AppendUvarint(b, uint64(len(m.Headers)))
	for key, value := range m.Headers {
		b = appendString(b, key)
		b = appendString(b, value)
	}
	return b
}

// reader takes a record apart. After the first fault it yields zeroes, and err
// says what was wrong.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s is cut short", ErrCorrupt, what)
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail("a record")
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) fixed() uint64 {
	if len(r.rest) < 8 {
		r.fail("a header")
		return 0
	}
	v := binary.BigEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail("a number")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail("a number")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// bytes returns a part of the record itself.
func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail("a string")
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) string() string { return string(r.bytes()) }

func (r *reader) instant() time.Time {
	if v := r.varint(); v != 0 {
		return time.Unix(0, v)
	}
	return time.Time{}
}

// count reads how many parts follow, each at least a byte long.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail("a list")
		return 0
	}
	return int(n)
}

func (r *reader) status() status {
	s := status{attempt: int(r.uvarint()), due: r.instant(), pass: r.byte() == 1}
	if n := r.count(); n > 0 {
		s.history = make([]pitboss.Attempt, n)
		for i := range s.history {
			s.history[i] = pitboss.Attempt{
				Time: r.instant(), Duration: time.Duration(r.varint()), Error: r.string(), Worker: r.string(),
			}
		}
	}
	return s
}

func readMessage[T any](r *reader) (m pitboss.Message[T], enqueuedAt time.Time) {
	enqueuedAt = r.instant()
	m.Priority = pitboss.Priority(r.byte())
	m.Delay, m.TTL = time.Duration(r.varint()), time.Duration(r.varint())
	m.Deadline = r.instant()
	m.Key, m.ID, m.Topic, m.CorrelationID = r.string(), r.string(), r.string(), r.string()
	if n := r.count(); n > 0 {
		m.Headers = make(map[string]string, n)
		for range n {
			key := r.string()
			m.Headers[key] = r.string()
		}
	}
	return m, enqueuedAt
}
