package task

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// Options adjust one type of task. The zero value takes the processor's
// settings.
type Options struct {
	// Timeout ends the function's context after this long. Zero: only the task's
	// deadline does.
	Timeout time.Duration
	// Retry says how often and when a failed task is tried again. Nil: as the
	// processor does.
	Retry *handler.Backoff
	// Late is called with a task of this type whose deadline has passed, and
	// thereby disposes of it. Nil: [Config.Late].
	Late func(ctx context.Context, t Task)
}

// kind is a registered type of task.
type kind struct {
	Options
	payload string // the payload type's name
	accepts func(payload any) bool
	decode  func(payload any) (any, error)
	run     pitboss.Handler[Work]
}

// Register makes p run tasks of the given type with run. P is the type of
// their payload; a payload that arrives as JSON ([json.RawMessage] or []byte,
// from a queue that encodes) is decoded into it. A task without a payload is
// accepted where P has a value that says so: struct{}, or nil of an interface, a
// pointer, a map or a slice. Registering a type twice is a fault. It may be
// called while p runs.
func Register[P any](p *Processor, taskType string, run func(ctx context.Context, payload P) error, o Options) error {
	var faults pitboss.FieldErrors
	if taskType == "" {
		faults.Add("type", taskType, "a name")
	}
	if run == nil {
		faults.Add("run", nil, "a function")
	}
	if o.Timeout < 0 {
		faults.Add("timeout", o.Timeout, "zero (none) or more")
	}
	if o.Retry != nil {
		if err := o.Retry.Validate(); err != nil {
			faults = append(faults, err)
		}
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("task type %q: %w", taskType, err)
	}
	name := reflect.TypeFor[P]().String()
	k := &kind{Options: o, payload: name}
	k.accepts = func(payload any) bool {
		_, ok := payload.(P)
		return ok || encoded(payload) != nil || payload == nil && mayBeAbsent[P]()
	}
	k.decode = func(payload any) (any, error) { return decode[P](payload) }
	k.run = handler.Chain(func(ctx context.Context, d *pitboss.Delivery[Work]) error {
		payload, err := decode[P](d.Payload.Payload)
		if err != nil {
			return err
		}
		return run(ctx, payload)
	}, handler.Timeout[Work](o.Timeout))
	return p.register(taskType, k)
}

// mayBeAbsent reports whether the zero P stands for no payload.
func mayBeAbsent[P any]() bool {
	switch t := reflect.TypeFor[P](); t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		return true
	case reflect.Struct:
		return t.NumField() == 0
	}
	return false
}

// encoded returns the payload as JSON, or nil if it is not encoded.
func encoded(payload any) []byte {
	switch text := payload.(type) {
	case json.RawMessage:
		return text
	case []byte:
		return text
	}
	return nil
}

func decode[P any](payload any) (P, error) {
	if p, ok := payload.(P); ok {
		return p, nil
	}
	var p P
	if payload == nil && mayBeAbsent[P]() {
		return p, nil
	}
	text := encoded(payload)
	if text == nil {
		return p, &pitboss.FieldError{Field: "payload", Value: fmt.Sprintf("%T", payload), Allowed: reflect.TypeFor[P]().String()}
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%w: payload: %w", pitboss.ErrInvalid, err)
	}
	return p, nil
}

// register publishes a new table of kinds, so that workers read it without a
// lock.
func (p *Processor) register(taskType string, k *kind) error {
	p.registering.Lock()
	defer p.registering.Unlock()
	old := *p.kinds.Load()
	if _, taken := old[taskType]; taken {
		return &pitboss.FieldError{Field: "type", Value: taskType, Allowed: "a type that is not registered yet"}
	}
	kinds := maps.Clone(old)
	kinds[taskType] = k
	p.kinds.Store(&kinds)
	return nil
}

func (p *Processor) kind(taskType string) *kind { return (*p.kinds.Load())[taskType] }
