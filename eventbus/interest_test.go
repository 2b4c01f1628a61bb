package eventbus

import (
	"testing"

	"github.com/pitboss-dev/pitboss/event"
)

// What a subscription may match must not be passed over.
func TestInterest(t *testing.T) {
	t.Parallel()
	for pattern, wanted := range map[string]bool{
		"#": true, "+/#": true, "r1/#": true, "+/error/occurred": true, "r1/error/+": true,
		"+/error/#": true, "+/+/occurred": true,
		"+/game/#": false, "r1/game/ended": false, "+/error": false,
	} {
		x, err := newInterest()
		if err != nil {
			t.Fatal(err)
		}
		if x.wants(event.ErrorOccurred) {
			t.Error("wanted by nobody, and wanted")
		}
		s, err := x.add(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.wants(event.ErrorOccurred); got != wanted {
			t.Errorf("%s wants errors: %v", pattern, got)
		}
		s.End()
		if x.wants(event.ErrorOccurred) {
			t.Errorf("%s is still wanted after its end", pattern)
		}
	}
}
