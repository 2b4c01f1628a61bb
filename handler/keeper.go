package handler

import (
	"context"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Keeper is a [pitboss.DeadLetters] that can tell what it was given. With it, a
// message whose dead letter was written just before its consumer died, or lost
// its lease, is ended when it is delivered again instead of being handled.
type Keeper interface {
	// Known returns the reason under which a message was put, and whether it
	// was, in whatever state it is by now.
	Known(ctx context.Context, queue string, sequence uint64, enqueuedAt time.Time) (pitboss.Reason, bool, error)
}

// known asks about messages that were delivered before. A store that cannot say
// must not stop the work: the message is handled, perhaps once too often.
func (s *settler[T]) known(ctx context.Context, d *pitboss.Delivery[T]) (reason pitboss.Reason, found bool) {
	if d.Attempt < 2 {
		return "", false
	}
	keeper, ok := s.dead.(Keeper)
	if !ok {
		return "", false
	}
	defer func() {
		if value := recover(); value != nil {
			s.fault(ctx, d, fmt.Errorf("dead letters cannot say what they have: %w", panicError(value)))
			reason, found = "", false
		}
	}()
	reason, found, err := keeper.Known(ctx, s.queue, d.Sequence, d.EnqueuedAt)
	if err != nil {
		s.fault(ctx, d, fmt.Errorf("dead letters cannot say what they have: %w", err))
		return "", false
	}
	return reason, found
}
