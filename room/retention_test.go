package room_test

import (
	"strconv"
	"testing"

	"github.com/pitboss-dev/pitboss/room"
)

// sizedJournal says of every room that it takes ten bytes.
type sizedJournal struct{ room.MemoryJournal }

func (*sizedJournal) Size(string) int64 { return 10 }

// Of the finished rooms, the journals of those that are kept take no more than
// they may.
func TestFinishedRoomsAreRetainedBySize(t *testing.T) {
	t.Parallel()
	journal := new(sizedJournal)
	h, _ := open(t, room.Config{Journal: journal, RetainBytes: 25})
	for n := range 4 {
		h.finish(h.started("r" + strconv.Itoa(n)))
	}
	h.lastTwo(journal)
}
