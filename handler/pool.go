package handler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// linger is how long handlers have to return once their context has ended.
const linger = time.Second

var errGoexit = errors.New("a handler ended its goroutine; its message was handed back")

// runPool runs n workers and returns when they have left, or cannot be waited
// for any longer. A worker takes messages under one context and handles them
// under the other, which outlives it by grace.
func runPool(ctx context.Context, n int, grace time.Duration, worker func(i int) func(take, work context.Context) error) error {
	take, stop := context.WithCancel(ctx)
	defer stop()
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()

	p := pool{idle: make(chan struct{})}
	p.running.Store(int64(n))
	for i := range n {
		run := worker(i)
		go func() {
			err := errGoexit
			defer func() {
				if err != nil {
					p.fail(err)
					stop()
				}
				p.leave()
			}()
			err = run(take, work)
		}()
	}
	return p.wait(take, cut, grace)
}

// pool counts the workers of one Run.
type pool struct {
	running atomic.Int64
	idle    chan struct{} // closed when the last worker has left

	mu  sync.Mutex
	err error
}

func (p *pool) leave() {
	if p.running.Add(-1) == 0 {
		close(p.idle)
	}
}

func (p *pool) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = errors.Join(p.err, err)
}

func (p *pool) fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *pool) wait(take context.Context, cut context.CancelFunc, grace time.Duration) error {
	select {
	case <-p.idle:
		return p.fault()
	case <-take.Done():
	}
	if p.idleWithin(grace) {
		return p.fault()
	}
	cut()
	if p.idleWithin(linger) {
		return p.fault()
	}
	return errors.Join(p.fault(), fmt.Errorf("%w: handlers that ignore the end of their context: %d",
		pitboss.ErrUndrained, p.running.Load()))
}

func (p *pool) idleWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.idle:
		return true
	case <-timer.C:
		return false
	}
}
