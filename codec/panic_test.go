package codec

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
)

// volatile panics in every method that an encoder or decoder may call.
type volatile struct{ Fuse int }

func (volatile) MarshalJSON() ([]byte, error) { panic("boom") }
func (*volatile) UnmarshalJSON([]byte) error  { panic("boom") }
func (volatile) MarshalCBOR() ([]byte, error) { panic("boom") }
func (*volatile) UnmarshalCBOR([]byte) error  { panic("boom") }
func (volatile) GobEncode() ([]byte, error)   { panic("boom") }
func (*volatile) GobDecode(data []byte) error { panic("boom") }

// A payload whose methods panic is refused: nobody who reads a queue may be ended
// by what is in it.
func TestPayloadsThatPanic(t *testing.T) {
	t.Parallel()
	healthy := codecs[struct{ Fuse int }](t)
	for name, c := range codecs[volatile](t) {
		out, err := c.Append([]byte("before"), &volatile{})
		if string(out) != "before" || !errors.Is(err, pitboss.ErrPermanent) {
			t.Errorf("%s: wrote %q, %v", name, out, err)
		}
		data, err := Encode(healthy[name], struct{ Fuse int }{1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(c, data); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%s: read with %v", name, err)
		}
	}
	// The encoder that panicked is used again.
	c := NewJSON[any]()
	if _, err := c.Append(nil, new(any(volatile{}))); err == nil {
		t.Error("no error")
	}
	if data, err := Encode[any](c, 1); err != nil || string(data) != "1" {
		t.Errorf("afterwards: %q, %v", data, err)
	}
}

type tree struct{ Left *tree }

// What can be written can be read, also where others set bounds.
func TestRoundTripOfTheLarge(t *testing.T) {
	t.Parallel()
	many := make([]int, 200_000)
	for name, c := range codecs[[]int](t) {
		data, err := Encode(c, many)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(c, data); err != nil || len(got) != len(many) {
			t.Errorf("%s: %d of %d elements, %v", name, len(got), len(many), err)
		}
	}
	deep := &tree{}
	for range 500 {
		deep = &tree{deep}
	}
	for name, c := range codecs[tree](t) {
		data, err := Encode(c, *deep)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(c, data)
		levels := 0
		for at := got.Left; at != nil; at = at.Left {
			levels++
		}
		if err != nil || levels != 500 {
			t.Errorf("%s: %d of 500 levels, %v", name, levels, err)
		}
	}
	if got := Sniff(append([]byte{0x9a, 0, 3, 0xd, 0x40}, bytes.Repeat([]byte{1}, 200_000)...)); got != TypeCBOR {
		t.Errorf("200,000 elements look like %q", got)
	}
}

// Strings are bytes to CBOR and gob.
func TestRoundTripOfBrokenText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Codec[map[string]string]{
		"cbor": NewCBOR[map[string]string](), "gob": NewGob[map[string]string](),
	} {
		want := "\xff\xfe" + strings.Repeat("é", 3)[:5]
		data, err := Encode(c, map[string]string{want: want})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(c, data); err != nil || got[want] != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
