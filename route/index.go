package route

import (
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// Index holds subscriptions by topic pattern and finds those that match a
// topic. In a pattern, + and * stand for one level, and a final # for any
// number of levels, none included: game.# matches game and game.7.ended.
//
// All methods are safe for concurrent use. [Index.Match] takes no lock, and no
// number of concurrent subscribers makes it wait. It sees every subscription
// made before it began and not ended since; of those that come or go while it
// runs it may see some.
//
// A subscription that needs no wildcard is found with a single look-up of the
// whole topic. The others are in a trie, which is walked down the topic's
// levels: the cost depends on how many places in the trie the topic can reach
// and on the matches, not on how many subscriptions there are. Subscribing
// costs about as much as matching. Ending a subscription copies those that
// share its pattern, as long as there are any.
type Index[V any] struct {
	grammar
	topics table[exact[V]] // by whole topics: patterns without wildcards
	nodes  table[node[V]]  // of the trie, but for its wildcards
	root   *node[V]
	size   atomic.Int64
	news   news

	mu     sync.Mutex // the writers'
	lastID uint64
}

// NewIndex returns an empty index.
func NewIndex[V any](c TopicConfig) (*Index[V], error) {
	var faults pitboss.FieldErrors
	c.check(&faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	x := &Index[V]{grammar: newGrammar(c), root: newNode[V](nil, &level{})}
	x.topics.init()
	x.nodes.init()
	return x, nil
}

// Subscription is one value under one pattern.
type Subscription struct{ end func() }

// End removes the subscription. Ending it again does nothing.
func (s Subscription) End() {
	if s.end != nil {
		s.end()
	}
}

// Subscribe adds v under a pattern. Subscriptions are not merged: a topic that
// two of them match yields both values, equal or not. It fails with a
// [pitboss.FieldError] on a malformed pattern.
func (x *Index[V]) Subscribe(text string, v V) (Subscription, error) {
	p, err := x.parse(text)
	if err != nil {
		return Subscription{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if p.wild {
		return x.addWild(p, v), nil
	}
	return x.addTopic(text, v), nil
}

// Len returns the number of subscriptions.
func (x *Index[V]) Len() int { return int(x.size.Load()) }

// Match appends the values of all subscriptions that match the topic to into
// and returns it. They come in no particular order; those of one pattern in
// the order in which they were made. A malformed topic matches nothing; see
// [Index.Check]. Match allocates only if into is too small.
func (x *Index[V]) Match(name string, into []V) []V {
	var t topic
	if !x.split(&t, name) {
		return into
	}
	return x.match(&t, into)
}

// Check returns a [pitboss.FieldError] if name is no topic: it has a wildcard,
// an empty level or a control character, or is too long.
func (x *Index[V]) Check(name string) error {
	var t topic
	if !x.split(&t, name) {
		return x.topicError(name)
	}
	return nil
}
