package natsqueue_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pitboss-dev/pitboss/natsqueue"
)

// Servers that are silent are asked again, as long as that makes sense.
func TestSilentServersAreAskedAgain(t *testing.T) {
	t.Parallel()
	fault := errors.New("no")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	silent := context.DeadlineExceeded
	for name, c := range map[string]struct {
		ctx   context.Context
		says  []error // the last one again and again
		asked int
		err   error
	}{
		"an answer":           {t.Context(), []error{nil}, 1, nil},
		"a refusal":           {t.Context(), []error{fault}, 1, fault},
		"a slow answer":       {t.Context(), []error{silent, silent, nil}, 3, nil},
		"a slow refusal":      {t.Context(), []error{silent, fault}, 2, fault},
		"silence":             {t.Context(), []error{silent}, 4, natsqueue.ErrUnreachable},
		"nobody waits":        {ended, []error{silent}, 1, silent},
		"an answer to nobody": {ended, []error{nil}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			answer, err := natsqueue.Asked(c.ctx, func() (int, error) {
				asked++
				return asked, c.says[min(asked, len(c.says))-1]
			})
			if !errors.Is(err, c.err) || asked != c.asked || answer != asked {
				t.Errorf("asked %d times: %d, %v; want %d times and %v", asked, answer, err, c.asked, c.err)
			}
		})
	}
}
