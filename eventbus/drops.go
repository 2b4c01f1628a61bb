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

// run keeps what is dropped until stop is closed, and then what waits. Once ctx
// has ended nothing is kept any more.
func (k *drops) run(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case d := <-k.waiting:
			k.keep(ctx, d)
		case <-stop:
			k.keepWaiting(ctx)
			return
		}
	}
}

func (k *drops) keepWaiting(ctx context.Context) {
	for {
		select {
		case d := <-k.waiting:
			k.keep(ctx, d)
		default:
			return
		}
	}
}

// during keeps what is dropped while f runs, and what is left for as long as
// grace after it.
func (k *drops) during(f func() error, grace time.Duration) error {
	ctx, cut := context.WithCancel(context.Background())
	defer cut()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		k.run(ctx, stop)
	}()
	defer func() {
		close(stop)
		defer time.AfterFunc(grace, cut).Stop()
		<-ended
	}()
	return f()
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
