package codec

import (
	"encoding/json"
	"sync"
)

// TypeJSON is the content type of [JSON].
const TypeJSON = "application/json"

// JSON is the format of encoding/json, with <, > and & as they are.
type JSON[T any] struct{ encoders sync.Pool }

// NewJSON returns the codec.
func NewJSON[T any]() *JSON[T] {
	return &JSON[T]{encoders: sync.Pool{New: func() any {
		e := &jsonEncoder{}
		e.json = json.NewEncoder(&e.out)
		e.json.SetEscapeHTML(false)
		return e
	}}}
}

type jsonEncoder struct {
	json *json.Encoder
	out  appender
}

// appender is a slice as a writer.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// ContentType implements [Codec].
func (c *JSON[T]) ContentType() string { return TypeJSON }

// Append implements [Codec].
func (c *JSON[T]) Append(dst []byte, v *T) ([]byte, error) {
	e, _ := c.encoders.Get().(*jsonEncoder)
	defer c.encoders.Put(e)
	e.out = dst
	err := e.json.Encode(v)
	out := e.out
	e.out = nil
	if err != nil {
		return dst, &EncodeError{TypeJSON, err}
	}
	return out[:len(out)-1], nil // Encode ends with a newline
}

// Decode implements [Codec].
func (c *JSON[T]) Decode(data []byte, v *T) error {
	if err := json.Unmarshal(data, v); err != nil {
		return &DecodeError{TypeJSON, err}
	}
	return nil
}
