package pitboss_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
)

func TestPriorityNames(t *testing.T) {
	t.Parallel()
	if pitboss.Priority(0) != pitboss.Normal {
		t.Error("the zero value is not Normal")
	}
	for level := range pitboss.Priorities {
		p := pitboss.PriorityAt(level)
		if p.Level() != level || !p.Valid() {
			t.Errorf("PriorityAt(%d) = %v, level %d, valid %v", level, p, p.Level(), p.Valid())
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back pitboss.Priority
		if err := json.Unmarshal(text, &back); err != nil || back != p {
			t.Errorf("%s came back as %v, %v", text, back, err)
		}
	}
	var p pitboss.Priority
	if err := p.UnmarshalText([]byte("urgent")); !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), "urgent") {
		t.Errorf("unknown name: %v", err)
	}
	for _, invalid := range []pitboss.Priority{pitboss.Background - 1, pitboss.Critical + 1} {
		if _, err := invalid.MarshalText(); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%v encodes: %v", invalid, err)
		}
	}
}

func TestMessageValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		message pitboss.Message[int]
		fields  []string
	}{
		"zero":     {pitboss.Message[int]{}, nil},
		"full":     {pitboss.Message[int]{Priority: pitboss.Critical, Delay: 1, TTL: 1}, nil},
		"priority": {pitboss.Message[int]{Priority: 3}, []string{"priority: 3"}},
		"all": {
			pitboss.Message[int]{Priority: -3, Delay: -time.Second, TTL: -1},
			[]string{"priority: -3", "delay: -1s", "ttl: -1ns"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.message.Validate()
			if (err == nil) != (len(c.fields) == 0) {
				t.Fatalf("got %v, want faults in %v", err, c.fields)
			}
			for _, field := range c.fields {
				if !strings.Contains(err.Error(), field) || !errors.Is(err, pitboss.ErrInvalid) {
					t.Errorf("%q does not tell of %s", err, field)
				}
			}
		})
	}
}

func TestPermanent(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such piece")
	err := fmt.Errorf("play: %w", pitboss.Permanent(cause))
	if !errors.Is(err, cause) || !errors.Is(err, pitboss.ErrPermanent) {
		t.Errorf("%v does not match both", err)
	}
	if pitboss.Permanent(nil) != nil {
		t.Error("Permanent(nil) is an error")
	}
}

func TestDeliveryWithoutQueue(t *testing.T) {
	t.Parallel()
	var d pitboss.Delivery[int]
	for name, err := range map[string]error{
		"ack": d.Ack(), "nak": d.Nak(0), "term": d.Term(pitboss.ReasonManual),
	} {
		if !errors.Is(err, pitboss.ErrEnded) {
			t.Errorf("%s of a delivery that no queue made: %v", name, err)
		}
	}

	if !d.Ended() {
		t.Error("a delivery that no queue made has not ended")
	}
}

func TestFieldErrorShowsValues(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]string{
		nil: "nil", "": `""`, "a b": `"a b"`, pitboss.Reason(""): `""`, 7: "7",
		-time.Second: "-1s", pitboss.Durability(9): "durability(9)", pitboss.High: "high",
	} {
		err := &pitboss.FieldError{Field: "f", Value: value, Allowed: "x"}
		if got := err.Error(); got != "f: "+want+" is not allowed; want x" {
			t.Errorf("%#v: %s", value, got)
		}
	}
}

func TestStatsLen(t *testing.T) {
	t.Parallel()
	if n := (pitboss.Stats{Ready: [pitboss.Priorities]int{1, 2, 3, 4, 5}}).Len(); n != 15 {
		t.Errorf("Len() = %d", n)
	}
}
