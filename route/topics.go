package route

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// TopicsConfig describes a [Topics]. Its zero value takes dots and slashes
// alike and runs every route that matches.
type TopicsConfig struct {
	TopicConfig

	// Pick says whether all routes that match run, or the first. Zero: [All].
	Pick Pick
}

// Topics routes by topic patterns, through an [Index]: see there for what a
// pattern is, what it costs and what concurrent changes mean.
//
// All methods are safe for concurrent use. Route takes no lock.
type Topics[T any] struct {
	index *Index[topicRoute[T]]
	pick  Pick
	added atomic.Uint64
	found sync.Pool // of *[]topicRoute
}

type topicRoute[T any] struct {
	order   uint64
	handler pitboss.Handler[T]
}

var _ pitboss.Router[any] = (*Topics[any])(nil)

// NewTopics returns a router without routes.
func NewTopics[T any](c TopicsConfig) (*Topics[T], error) {
	var faults pitboss.FieldErrors
	c.check(&faults)
	c.Pick.check(&faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	index, err := NewIndex[topicRoute[T]](c.TopicConfig)
	if err != nil {
		return nil, err
	}
	r := &Topics[T]{index: index, pick: c.Pick}
	r.found.New = func() any { return new([]topicRoute[T]) }
	return r, nil
}

// Handle adds a route. It fails with a [pitboss.FieldError] on a malformed
// pattern.
func (r *Topics[T]) Handle(pattern string, h pitboss.Handler[T]) (Subscription, error) {
	var faults pitboss.FieldErrors
	checkHandler(&faults, h)
	if err := faults.Err(); err != nil {
		return Subscription{}, err
	}
	return r.index.Subscribe(pattern, topicRoute[T]{r.added.Add(1), h})
}

// Route implements [pitboss.Router].
func (r *Topics[T]) Route(m *pitboss.Message[T], into []pitboss.Handler[T]) []pitboss.Handler[T] {
	found, _ := r.found.Get().(*[]topicRoute[T])
	defer func() {
		clear(*found)
		r.found.Put(found)
	}()
	*found = r.index.Match(m.Topic, (*found)[:0])
	if len(*found) > 1 {
		slices.SortFunc(*found, func(a, b topicRoute[T]) int { return cmp.Compare(a.order, b.order) })
	}
	for _, route := range *found {
		into = append(into, route.handler)
		if r.pick == First {
			break
		}
	}
	return into
}
