package deadletter_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

// Whatever is done to a store, it agrees with a map from ID to state.
func TestStoreAgreesWithModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		refuse := false
		o := source{refuse: func() error {
			if refuse {
				return pitboss.ErrFull
			}
			return nil
		}}
		s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
		model := map[string]deadletter.State{}
		putBack, sequence := 0, 1000
		number := func() int { return rapid.IntRange(1, 5).Draw(rt, "n") }
		name := func(n int) string { return "moves-" + string(rune('0'+n)) }

		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				n := number()
				put(t, s, letter("moves", n))
				if _, known := model[name(n)]; !known {
					model[name(n)] = deadletter.Held
				}
			},
			"retry": func(rt *rapid.T) {
				id := name(number())
				refuse = rapid.Bool().Draw(rt, "refuse")
				err := s.Retry(t.Context(), id)
				var want error
				switch before, known := model[id]; {
				case !known:
					want = deadletter.ErrNotFound
				case before == deadletter.Recovered:
					want = deadletter.ErrResolved
				case before == deadletter.Retried:
				case refuse:
					want = pitboss.ErrFull
				default:
					model[id] = deadletter.Retried
					putBack++
				}
				if !errors.Is(err, want) {
					rt.Fatalf("retry %s: got %v, want %v", id, err, want)
				}
			},
			"come back": func(rt *rapid.T) {
				if len(o.got) == 0 {
					return
				}
				m := rapid.SampledFrom(o.got).Draw(rt, "message")
				id := m.Headers[deadletter.HeaderLetter]
				if model[id] != deadletter.Retried {
					return
				}
				sequence++
				l := letter("moves", sequence)
				l.Message = m
				put(t, s, l)
				model[id] = deadletter.Held
			},
			"recover": func(rt *rapid.T) {
				id := name(number())
				_, err := s.Recover(t.Context(), id)
				var want error
				switch before, known := model[id]; {
				case !known:
					want = deadletter.ErrNotFound
				case before == deadletter.Retried:
					want = deadletter.ErrResolved
				default:
					model[id] = deadletter.Recovered
				}
				if !errors.Is(err, want) {
					rt.Fatalf("recover %s: got %v, want %v", id, err, want)
				}
			},
			"purge": func(rt *rapid.T) {
				state := rapid.SampledFrom([]deadletter.State{deadletter.Held, deadletter.Retried, deadletter.AnyState}).Draw(rt, "state")
				n, err := s.Purge(t.Context(), deadletter.Filter{State: state})
				want := 0
				for id, s := range model {
					if s == state || state == deadletter.AnyState {
						delete(model, id)
						want++
					}
				}
				if n != want || err != nil {
					rt.Fatalf("purged %d, want %d, %v", n, want, err)
				}
			},
			"": func(rt *rapid.T) {
				held := 0
				for id, want := range model {
					if got := state(t, s, id); got != want {
						rt.Fatalf("%s is %s, want %s", id, got, want)
					}
					if want == deadletter.Held {
						held++
					}
				}
				list, _, err := s.List(deadletter.Filter{})
				if err != nil || len(list) != held || s.Stats().Held != held {
					rt.Fatalf("%d held in the list, %d in the stats, want %d, %v", len(list), s.Stats().Held, held, err)
				}
				if len(o.got) != putBack || int(s.Stats().PutBack) != putBack {
					rt.Fatalf("put back %d times, want %d", len(o.got), putBack)
				}
				if !slices.IsSortedFunc(list, func(a, b deadletter.Letter[string]) int { return b.At.Compare(a.At) }) {
					rt.Fatalf("not newest first: %v", ids(list))
				}
			},
		})
	})
}
