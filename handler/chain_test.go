package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

func TestChainOrder(t *testing.T) {
	var steps []string
	step := func(name string) pitboss.Middleware[string] {
		return func(next pitboss.Handler[string]) pitboss.Handler[string] {
			return func(ctx context.Context, d *pitboss.Delivery[string]) error {
				steps = append(steps, name+"(")
				defer func() { steps = append(steps, ")"+name) }()
				return next(ctx, d)
			}
		}
	}
	h := func(context.Context, *pitboss.Delivery[string]) error {
		steps = append(steps, "h")
		return nil
	}
	want := []string{"a(", "b(", "c(", "h", ")c", ")b", ")a"}
	for _, chained := range []pitboss.Handler[string]{
		handler.Chain(h, step("a"), step("b"), step("c")),
		handler.Chain(h, handler.Stack(step("a"), step("b")), step("c")),
		handler.Chain(h, nil, step("a"), handler.Stack[string](nil, step("b")), step("c")),
	} {
		steps = nil
		if err := chained(t.Context(), nil); err != nil || !slices.Equal(steps, want) {
			t.Errorf("got %v, %v", steps, err)
		}
	}
}

func TestSequenceAndEach(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	var ran []string
	step := func(name string, err error) pitboss.Handler[string] {
		return func(context.Context, *pitboss.Delivery[string]) error {
			ran = append(ran, name)
			return err
		}
	}
	steps := []pitboss.Handler[string]{step("a", nil), step("b", first), step("c", nil), step("d", second)}

	err := handler.Sequence(steps...)(t.Context(), nil)
	if err != first || !slices.Equal(ran, []string{"a", "b"}) {
		t.Errorf("Sequence: %v after %v", err, ran)
	}
	ran = nil
	err = handler.Each(steps...)(t.Context(), nil)
	if !errors.Is(err, first) || !errors.Is(err, second) || len(ran) != 4 {
		t.Errorf("Each: %v after %v", err, ran)
	}
	if err := handler.Each(steps[0], steps[2])(t.Context(), nil); err != nil {
		t.Errorf("Each of what succeeds: %v", err)
	}
}

func TestConditions(t *testing.T) {
	broken := errors.New("broken")
	h := func(context.Context, *pitboss.Delivery[string]) error { return broken }
	red := func(d *pitboss.Delivery[string]) bool { return d.Payload == "red" }
	hush := func(pitboss.Handler[string]) pitboss.Handler[string] { return handler.Nothing }
	tests := []struct {
		name      string
		h         pitboss.Handler[string]
		red, blue error
	}{
		{"When", handler.When(red, h), broken, nil},
		{"Filter", handler.Chain(h, handler.Filter(red)), broken, nil},
		{"Only", handler.Chain(h, handler.Only(red, hush)), nil, broken},
	}
	for _, tt := range tests {
		for payload, want := range map[string]error{"red": tt.red, "blue": tt.blue} {
			d := &pitboss.Delivery[string]{Message: pitboss.Message[string]{Payload: payload}}
			if err := tt.h(t.Context(), d); err != want {
				t.Errorf("%s of %s: got %v, want %v", tt.name, payload, err, want)
			}
		}
	}
}

func TestErrorHook(t *testing.T) {
	broken, other := errors.New("broken"), errors.New("other")
	h := func(_ context.Context, d *pitboss.Delivery[string]) error {
		if d.Payload == "good" {
			return nil
		}
		return broken
	}
	var seen error
	hooked := handler.Chain(h, handler.ErrorHook(func(_ context.Context, d *pitboss.Delivery[string], err error) error {
		seen = err
		if d.Payload == "swallowed" {
			return nil
		}
		return other
	}))
	for payload, want := range map[string]error{"good": nil, "swallowed": nil, "changed": other} {
		seen = nil
		d := &pitboss.Delivery[string]{Message: pitboss.Message[string]{Payload: payload}}
		if err := hooked(t.Context(), d); err != want {
			t.Errorf("%s: got %v, want %v", payload, err, want)
		}
		if (seen == broken) == (payload == "good") {
			t.Errorf("%s: hook saw %v", payload, seen)
		}
	}
}

func TestRecover(t *testing.T) {
	broken := errors.New("broken")
	h := handler.Recover(func(context.Context, *pitboss.Delivery[string]) error { panic(broken) })
	err := h(t.Context(), nil)
	var panicked *handler.PanicError
	if !errors.As(err, &panicked) || panicked.Value != broken || !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(string(panicked.Stack), "TestRecover") {
		t.Errorf("the stack does not lead to the panic:\n%s", panicked.Stack)
	}
	h = handler.Recover(func(context.Context, *pitboss.Delivery[string]) error {
		var none map[string]int
		none["x"]++
		return nil
	})
	if err := h(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("got %v", err)
	}
}

func ExampleChain() {
	h := func(context.Context, *pitboss.Delivery[string]) error { panic("dropped the tiles") }
	log := handler.ErrorHook(func(_ context.Context, d *pitboss.Delivery[string], err error) error {
		fmt.Println(d.Payload, err)
		return err
	})
	safe := handler.Chain(h, log, handler.Recover)
	_ = safe(context.Background(), &pitboss.Delivery[string]{Message: pitboss.Message[string]{Payload: "deal:"}})
	// Output: deal: panic: dropped the tiles
}

func ExampleSequence() {
	say := func(what string) pitboss.Handler[string] {
		return func(context.Context, *pitboss.Delivery[string]) error {
			fmt.Print(what, " ")
			return nil
		}
	}
	human := func(d *pitboss.Delivery[string]) bool { return d.Payload == "human" }
	h := handler.Sequence(say("check"), say("decide"), handler.When(human, say("greet")))
	for _, player := range []string{"bot", "human"} {
		_ = h(context.Background(), &pitboss.Delivery[string]{Message: pitboss.Message[string]{Payload: player}})
	}
	// Output: check decide check decide greet
}
