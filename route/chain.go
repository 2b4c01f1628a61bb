package route

import (
	"slices"
	"strconv"

	"github.com/pitboss-dev/pitboss"
)

// ChainConfig describes a [Chain]. Its zero value asks every router and has no
// default.
type ChainConfig[T any] struct {
	// Pick says whether all routers that have handlers for a message are used, or
	// only the first of them, with all the handlers it names. Zero: [All].
	Pick Pick
	// Default handles messages for which no router has a handler. Nil: the chain
	// has none either.
	Default pitboss.Handler[T]
}

// Chain asks several routers, in order. It is a router, so chains nest. It is
// safe for concurrent use.
type Chain[T any] struct {
	routers []pitboss.Router[T]
	config  ChainConfig[T]
}

var _ pitboss.Router[any] = (*Chain[any])(nil)

// NewChain chains routers, the first asked first.
func NewChain[T any](c ChainConfig[T], routers ...pitboss.Router[T]) (*Chain[T], error) {
	var faults pitboss.FieldErrors
	c.Pick.check(&faults)
	for i, r := range routers {
		if r == nil {
			faults.Add("router "+strconv.Itoa(i), nil, "a router")
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return &Chain[T]{routers: slices.Clone(routers), config: c}, nil
}

// Route implements [pitboss.Router].
func (r *Chain[T]) Route(m *pitboss.Message[T], into []pitboss.Handler[T]) []pitboss.Handler[T] {
	before := len(into)
	for _, router := range r.routers {
		into = router.Route(m, into)
		if r.config.Pick == First && len(into) > before {
			return into
		}
	}
	if len(into) == before && r.config.Default != nil {
		into = append(into, r.config.Default)
	}
	return into
}
