package room_test

import (
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/room"
)

// Whoever sends data that does not fit is not told of Go's types.
func TestBadDataIsToldInWords(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, _ := h.started("r")
	err := h.do(ann, "", "take", 0, `"x"`).Err
	if err == nil || !strings.Contains(err.Error(), "a string does not fit") || strings.Contains(err.Error(), "Go ") {
		t.Errorf("told %v", err)
	}
}
