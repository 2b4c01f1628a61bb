package codec

import (
	"strconv"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// Set reads several formats and writes the first of them. Where bytes come with
// a content type, use [Set.DecodeAs]; Decode takes a look at the bytes.
type Set[T any] struct{ codecs []Codec[T] }

// NewSet puts codecs together. The first is what Append writes. It fails with
// a [pitboss.FieldError] if two have the same content type.
func NewSet[T any](first Codec[T], others ...Codec[T]) (*Set[T], error) {
	s := &Set[T]{}
	var faults pitboss.FieldErrors
	for i, c := range append([]Codec[T]{first}, others...) {
		field := "codec " + strconv.Itoa(i)
		if c == nil {
			faults.Add(field, nil, "a codec")
			continue
		}
		if s.find(c.ContentType()) != nil {
			faults.Add(field, c.ContentType(), "a content type that no codec before it has")
		}
		s.codecs = append(s.codecs, c)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// ContentType returns the first codec's.
func (s *Set[T]) ContentType() string { return s.codecs[0].ContentType() }

// Append encodes with the first codec.
func (s *Set[T]) Append(dst []byte, v *T) ([]byte, error) { return s.codecs[0].Append(dst, v) }

// Decode reads bytes without a content type as what [Sniff] takes them for. It
// fails with a [TypeError] if that is nothing it can read.
func (s *Set[T]) Decode(data []byte, v *T) error { return s.DecodeAs(Sniff(data), data, v) }

// DecodeAs reads bytes of a content type, which may have parameters. It fails
// with a [TypeError] if none of the codecs reads it.
func (s *Set[T]) DecodeAs(contentType string, data []byte, v *T) error {
	c := s.find(contentType)
	if c == nil {
		return &TypeError{ContentType: contentType, Known: s.known()}
	}
	return c.Decode(data, v)
}

func (s *Set[T]) find(contentType string) Codec[T] {
	name, _, _ := strings.Cut(contentType, ";")
	name = strings.TrimSpace(name)
	for _, c := range s.codecs {
		if strings.EqualFold(c.ContentType(), name) {
			return c
		}
	}
	return nil
}

func (s *Set[T]) known() []string {
	names := make([]string, len(s.codecs))
	for i, c := range s.codecs {
		names[i] = c.ContentType()
	}
	return names
}
