package route

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Topic is a topic resolved once, for those who publish to it again and again.
// It caches what matched until a subscription that could match comes or goes.
//
// All methods are safe for concurrent use and take no lock.
type Topic[V any] struct {
	index  *Index[V]
	topic  topic
	heard  [3]*atomic.Uint64
	cached atomic.Pointer[cache[V]]
}

// cache is a match and what the counters added up to before it.
type cache[V any] struct {
	news   uint64
	values []V
}

// Topic resolves a topic. It fails with a [pitboss.FieldError] on a malformed
// one; see [Index.Check].
func (x *Index[V]) Topic(name string) (*Topic[V], error) {
	h := &Topic[V]{index: x}
	if !x.split(&h.topic, strings.Clone(name)) {
		return nil, x.topicError(name)
	}
	first := h.topic.level(0)
	h.heard = [3]*atomic.Uint64{
		&x.news.wild,
		x.news.ofLevel(first.hash(x.seed)),
		x.news.ofTopic(h.topic.tag),
	}
	return h, nil
}

// Name returns the topic.
func (h *Topic[V]) Name() string { return h.topic.name }

// Match returns the values of all subscriptions that match, like
// [Index.Match]. The slice is shared: it must not be changed, and later calls
// do not change it. Match allocates only after a change.
func (h *Topic[V]) Match() []V {
	// The counters only grow, so the sum is the same only if all are.
	news := h.heard[0].Load() + h.heard[1].Load() + h.heard[2].Load()
	if c := h.cached.Load(); c != nil && c.news == news {
		return c.values
	}
	return h.refresh(news)
}

// refresh matches afresh. A change during the match comes after news was read,
// so the next call notices it.
func (h *Topic[V]) refresh(news uint64) []V {
	values := h.index.match(&h.topic, nil)
	h.cached.Store(&cache[V]{news: news, values: slices.Clip(values)})
	return values
}

// news counts changes of subscriptions, striped by what they can match, so that
// most changes leave most handles alone. Two topics that share a stripe hear of
// each other's changes, and match once more than they need to.
type news struct {
	wild   atomic.Uint64       // patterns that begin with a wildcard
	levels [256]atomic.Uint64  // patterns with a wildcard after their first level
	topics [1024]atomic.Uint64 // patterns without
}

func (n *news) ofLevel(hash uint64) *atomic.Uint64 { return &n.levels[hash>>56] }
func (n *news) ofTopic(tag uint64) *atomic.Uint64  { return &n.topics[tag>>54] }
