package natsqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// One request brings up to this much; the next one asks on from there.
const (
	readMessages = 1024
	readBytes    = 8 << 20
	readTimeout  = 5 * time.Second // between two messages
)

// visit is called with a message of a stream.
type visit func(subject string, seq uint64, data []byte) error

// read calls each with the stream's messages from a sequence on, in order: all,
// or those of a subject. It asks by batches of direct gets, because a consumer
// costs the server 33 KB and four goroutines, and this nothing. It fails with
// what each fails with.
func (s *Store) read(ctx context.Context, stream, subject string, from uint64, each visit) error {
	for more := true; more; {
		var err error
		if from, more, err = s.readBatch(ctx, stream, subject, from, each); err != nil {
			return err
		}
	}
	return nil
}

// getRequest is the server's request of direct gets in batches.
type getRequest struct {
	Seq      uint64 `json:"seq"`
	NextFor  string `json:"next_by_subj,omitempty"`
	Batch    int    `json:"batch"`
	MaxBytes int    `json:"max_bytes"`
}

func (s *Store) readBatch(ctx context.Context, stream, subject string, from uint64, each visit) (next uint64, more bool, err error) {
	request, err := json.Marshal(getRequest{max(from, 1), subject, readMessages, readBytes})
	if err != nil {
		return 0, false, err
	}
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	if err != nil {
		return 0, false, describe(err)
	}
	defer func() { err = errors.Join(err, sub.Unsubscribe()) }()
	if err := s.conn.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return 0, false, describe(err)
	}
	for next = from; ; {
		waiting, cancel := context.WithTimeout(ctx, readTimeout)
		m, err := sub.NextMsgWithContext(waiting)
		cancel()
		if err != nil {
			if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				err = nats.ErrTimeout
			}
			return 0, false, fmt.Errorf("read stream %s: %w", stream, describe(err))
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204": // the batch is complete
			left, _ := strconv.ParseUint(m.Header.Get("Nats-Num-Pending"), 10, 64)
			return next, left > 0 && next > from, nil
		case "404": // nothing from there on
			return next, false, nil
		case "503":
			return 0, false, fmt.Errorf("read stream %s: %w", stream, describe(nats.ErrNoResponders))
		default:
			return 0, false, fmt.Errorf("read stream %s: the server says %s %s", stream, status, m.Header.Get("Description"))
		}
		seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("read stream %s: %w: %w", stream, ErrCorrupt, err)
		}
		if err := each(m.Header.Get("Nats-Subject"), seq, m.Data); err != nil {
			return 0, false, err
		}
		next = seq + 1
	}
}
