package codec

import (
	"bytes"
	"encoding/gob"
	"errors"
)

// TypeGob is the content type of [Gob].
const TypeGob = "application/x-gob"

// Gob is the format of encoding/gob. Every message stands alone and describes
// its own type, which is most of its bytes and of its cost. Interface values
// need [gob.Register] on both sides. Its decoder is not hardened against
// hostile bytes: a panic there becomes an error, but what it allocates is
// bounded only by gob itself.
type Gob[T any] struct{}

// NewGob returns the codec.
func NewGob[T any]() Gob[T] { return Gob[T]{} }

// ContentType implements [Codec].
func (Gob[T]) ContentType() string { return TypeGob }

// Append implements [Codec].
func (Gob[T]) Append(dst []byte, v *T) (out []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			out, err = dst, &EncodeError{TypeGob, panicked(value)}
		}
	}()
	buffer := bytes.NewBuffer(dst)
	if err := gob.NewEncoder(buffer).Encode(v); err != nil {
		return dst, &EncodeError{TypeGob, err}
	}
	return buffer.Bytes(), nil
}

// Decode implements [Codec].
func (Gob[T]) Decode(data []byte, v *T) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &DecodeError{TypeGob, panicked(value)}
		}
	}()
	in := bytes.NewReader(data)
	if err := gob.NewDecoder(in).Decode(v); err != nil {
		return &DecodeError{TypeGob, err}
	}
	if in.Len() > 0 {
		return &DecodeError{TypeGob, errors.New("bytes after the value")}
	}
	return nil
}
