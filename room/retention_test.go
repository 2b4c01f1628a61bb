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
	h, _ := open(t, room.Config{Journal: new(sizedJournal), RetainBytes: 25})
	for n := range 4 {
		ann, bob := h.started("r" + strconv.Itoa(n))
		h.must(ann, "take", "3")
		h.must(bob, "take", "3")
		h.must(ann, "take", "1")
		h.do(ann, "", "take", 0, "1") // a room retires after its last answer; this waits for it
	}
	var left []string
	for _, info := range h.Rooms() {
		left = append(left, info.Room)
	}
	if len(left) != 2 || left[0] != "r2" || left[1] != "r3" {
		t.Errorf("rooms %v are left, want the last two", left)
	}
	if events, _ := h.journal.Read(t.Context(), "r0", 0); len(events) > 0 {
		t.Error("the journal of a forgotten room is left")
	}
}
