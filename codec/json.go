package codec

import (
	"encoding/json"
	"sync"
)

// TypeJSON is the content type of [JSON].
const TypeJSON = "application/json"

// JSON is the format of encoding/json, with <, > and & as they are. Its zero
// value is ready to use.
type JSON[T any] struct{ encoders sync.Pool }

// NewJSON returns the codec.
func NewJSON[T any]() *JSON[T] { return new(JSON[T]) }

type jsonEncoder struct {
	json *json.Encoder
	out  appender
}

func newJSONEncoder() *jsonEncoder {
	e := &jsonEncoder{}
	e.json = json.NewEncoder(&e.out)
	e.json.SetEscapeHTML(false)
	return e
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
func (c *JSON[T]) Append(dst []byte, v *T) (out []byte, err error) {
	e, ok := c.encoders.Get().(*jsonEncoder)
	if !ok {
		e = newJSONEncoder()
	}
	defer func() {
		e.out = nil
		c.encoders.Put(e)
		if value := recover(); value != nil {
			out, err = dst, &EncodeError{TypeJSON, panicked(value)}
		}
	}()
	e.out = dst
	if err := e.json.Encode(v); err != nil {
		return dst, &EncodeError{TypeJSON, err}
	}
	return e.out[:len(e.out)-1], nil // Encode ends with a newline
}

// Decode implements [Codec].
func (c *JSON[T]) Decode(data []byte, v *T) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &DecodeError{TypeJSON, panicked(value)}
		}
	}()
	if err := json.Unmarshal(data, v); err != nil {
		return &DecodeError{TypeJSON, err}
	}
	return nil
}
