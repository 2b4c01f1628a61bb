package deadletter_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

func TestRetryWithAnotherPayload(t *testing.T) {
	t.Parallel()
	var o source
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves"), Edit: deadletter.EditJSON[string]})
	put(t, s, letter("moves", 1), letter("moves", 2))

	for _, text := range []string{`{"n":1}`, `"a" "b"`, ``} {
		err := s.RetryWith(t.Context(), "moves-1", []byte(text))
		wantError(t, err, pitboss.ErrInvalid)
	}
	if len(o.all()) != 0 || state(t, s, "moves-1") != deadletter.Held {
		t.Fatalf("a bad payload went back: %v", o.payloads())
	}
	if err := s.RetryWith(t.Context(), "moves-1", []byte(`"mended"`)); err != nil {
		t.Fatal(err)
	}
	back := o.all()
	if len(back) != 1 || back[0].Payload != "mended" || back[0].Key != "k1" {
		t.Fatalf("put back %+v", back)
	}
	if l, err := s.Get("moves-1"); err != nil || l.Message.Payload != "mended" || l.State != deadletter.Retried {
		t.Errorf("the entry is %+v %v", l, err)
	}
	wantError(t, s.RetryWith(t.Context(), "moves-1", []byte(`"late"`)), deadletter.ErrResolved)
	wantError(t, s.RetryWith(t.Context(), "nobody", []byte(`"late"`)), deadletter.ErrNotFound)

	// One that dies again goes on with what it was sent with.
	again := letter("moves", 9)
	again.Message = back[0]
	put(t, s, again)
	if l, err := s.Get("moves-1"); err != nil || l.Message.Payload != "mended" || l.State != deadletter.Held {
		t.Errorf("back again it is %+v %v", l, err)
	}
}

// A queue that refuses leaves the entry as it was.
func TestRetryWithRefused(t *testing.T) {
	t.Parallel()
	refusal := errors.New("no")
	s := newStore(t, deadletter.Config[string]{Edit: deadletter.EditJSON[string], Origins: map[string]deadletter.Origin[string]{
		"moves": func(context.Context, pitboss.Message[string]) error { return refusal },
	}})
	put(t, s, letter("moves", 1))
	wantError(t, s.RetryWith(t.Context(), "moves-1", []byte(`"mended"`)), refusal)
	if l, err := s.Get("moves-1"); err != nil || l.Message.Payload != "p1" || l.State != deadletter.Held {
		t.Errorf("the entry is %+v %v", l, err)
	}
}

func TestJoinedArchivesEditAndRemove(t *testing.T) {
	t.Parallel()
	var o source
	plain := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
	editable := newStore(t, deadletter.Config[string]{Origins: origins(&o, "tasks"), Edit: deadletter.EditJSON[string]})
	put(t, plain, letter("moves", 1))
	put(t, editable, letter("tasks", 1), letter("tasks", 2))
	bare := struct{ deadletter.Archive }{newStore(t, deadletter.Config[string]{}).Archive()}
	all := deadletter.Join(bare, plain.Archive(), editable.Archive())
	editor, remover := all.(deadletter.Editor), all.(deadletter.Remover)

	wantError(t, editor.RetryWith(t.Context(), "moves-1", []byte(`"x"`)), deadletter.ErrNotEditable)
	if err := editor.RetryWith(t.Context(), "tasks-1", []byte(`"x"`)); err != nil {
		t.Error(err)
	}
	for id, want := range map[string]bool{"moves-1": false, "tasks-2": true} {
		if e, err := all.Entry(t.Context(), id); err != nil || e.Editable != want {
			t.Errorf("%s: editable %v %v", id, e.Editable, err)
		}
	}
	if err := remover.Remove(t.Context(), "tasks-2"); err != nil {
		t.Error(err)
	}
	wantError(t, remover.Remove(t.Context(), "tasks-2"), deadletter.ErrNotFound)
	wantError(t, remover.Remove(t.Context(), "tasks-1"), deadletter.ErrResolved)
	if st := editable.Stats(); st.Purged != 1 {
		t.Errorf("stats %+v", st)
	}
}
