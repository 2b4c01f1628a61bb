package natsqueue

import (
	"bytes"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Whatever is in a record, reading it ends without a panic; what was read
// without a fault is written as something that reads the same.
func FuzzRecord(f *testing.F) {
	m := pitboss.Message[string]{
		Key: "k", ID: "id", Topic: "a.b", CorrelationID: "c", Headers: map[string]string{"one": "1"},
		Priority: pitboss.High, Delay: time.Second, TTL: time.Minute, Deadline: time.Unix(7, 8),
	}
	now := time.Unix(1, 2)
	s := status{attempt: 2, due: now, pass: true, history: []pitboss.Attempt{{Time: now, Duration: 3, Error: "e", Worker: "w"}}}
	f.Add(appendStatus(appendMessage(nil, &m, now), &s))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := reader{rest: text}
		m, at := readMessage[string](&r)
		s := r.status()
		if r.err != nil || len(m.Headers) > 1 { // a map has no order to compare
			return
		}
		written := appendStatus(appendMessage(nil, &m, at), &s)
		r = reader{rest: written}
		m, at = readMessage[string](&r)
		s = r.status()
		if again := appendStatus(appendMessage(nil, &m, at), &s); r.err != nil || !bytes.Equal(written, again) {
			t.Errorf("%x became %x, %v", written, again, r.err)
		}
	})
}
