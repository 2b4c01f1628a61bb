package eventbus

import (
	"context"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/queue"
)

const (
	// dropsWaiting bounds the dropped events that wait to become dead letters.
	dropsWaiting = 1024
	// putTimeout bounds the writing of one of these.
	putTimeout = 5 * time.Second
)

// drops takes what the queue drops to the dead letters. Whoever publishes must
// not wait for that, so a goroutine of Run does it.
type drops struct {
	to      pitboss.DeadLetters[Notice]
	queue   string
	waiting chan queue.Drop[Notice]
	lost    func(d queue.Drop[Notice], err error) // is told of what cannot be kept
}

// add is the queue's hook.
func (k *drops) add(d queue.Drop[Notice]) {
	if d.Reason == pitboss.ReasonManual {
		return // cleared on purpose
	}
	select {
	case k.waiting <- d:
	default:
		k.lost(d, fmt.Errorf("%w: %d dropped events wait already", pitboss.ErrFull, dropsWaiting))
	}
}

// run keeps what is dropped until stop is closed. What waits by then has as long
// as grace in all.
func (k *drops) run(stop <-chan struct{}, grace time.Duration) {
	for {
		select {
		case d := <-k.waiting:
			k.keep(context.Background(), d)
		case <-stop:
			k.keepWaiting(grace)
			return
		}
	}
}

func (k *drops) keepWaiting(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for {
		select {
		case d := <-k.waiting:
			k.keep(ctx, d)
		default:
			return
		}
	}
}

func (k *drops) keep(ctx context.Context, d queue.Drop[Notice]) {
	ctx, cancel := context.WithTimeout(ctx, putTimeout)
	defer cancel()
	if err := k.put(ctx, d); err != nil {
		k.lost(d, err)
	}
}

func (k *drops) put(ctx context.Context, d queue.Drop[Notice]) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("dead letters panicked: %v", value)
		}
	}()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return k.to.Put(ctx, deadletter.FromDrop(k.queue, d))
}
