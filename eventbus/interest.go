package eventbus

import (
	"strings"
	"sync"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/route"
)

// interest knows the types of events that any subscription may be for, whatever
// the room. Most events are for nobody, and are found out without so much as
// putting their topic together.
type interest struct {
	patterns *route.Index[struct{}] // of types
	types    sync.Map               // event.Type to *route.Topic[struct{}]
}

func newInterest() (*interest, error) {
	patterns, err := route.NewIndex[struct{}](topics)
	return &interest{patterns: patterns}, err
}

// add notes a subscription's pattern. The end of what it returns takes it back.
func (x *interest) add(pattern string) (route.Subscription, error) {
	if pattern != "#" {
		// The first level is the room. A pattern without others matches nothing,
		// but that is the index's to say.
		_, pattern, _ = strings.Cut(pattern, "/")
	}
	if pattern == "" {
		pattern = "#"
	}
	return x.patterns.Subscribe(pattern, struct{}{})
}

func (x *interest) wants(t event.Type) bool {
	known, ok := x.types.Load(t)
	if !ok {
		topic, err := x.patterns.Topic(typeTopic(t))
		if err != nil {
			return true
		}
		known, _ = x.types.LoadOrStore(t, topic)
	}
	topic, ok := known.(*route.Topic[struct{}])
	return !ok || len(topic.Match()) > 0
}
