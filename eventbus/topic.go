package eventbus

import (
	"strings"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/route"
)

// topics is how topics and patterns are read here.
var topics = route.TopicConfig{Separator: '/', Length: route.MaxLength}

// Topic is where an event is published: the [Room] of its room and then its
// type, with slashes between the levels.
func Topic(e *event.Event) string { return Room(e.Room) + "/" + typeTopic(e.Type) }

func typeTopic(t event.Type) string { return strings.ReplaceAll(string(t), ".", "/") }

// Room is the level of topics and patterns that stands for a room: its name,
// with control characters and whatever has a meaning in patterns escaped, a
// plus as %2B for example; "-" for no room. Use it where a pattern is put
// together from a name that you do not choose:
//
//	bus.Subscribe("watcher", eventbus.Room(room)+"/#", …)
func Room(name string) string {
	switch {
	case name == "":
		return "-"
	case name == "-": // which is a room all the same
		return "%2D"
	case strings.IndexFunc(name, isSpecial) < 0:
		return name
	}
	const digits = "0123456789ABCDEF"
	var level strings.Builder
	for _, b := range []byte(name) {
		if isSpecial(rune(b)) {
			level.Write([]byte{'%', digits[b>>4], digits[b&15]})
		} else {
			level.WriteByte(b)
		}
	}
	return level.String()
}

func isSpecial(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("/+*#%", r) }
