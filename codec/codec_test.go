package codec

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// move is a payload with a bit of everything.
type move struct {
	Room   string            `json:"room"`
	Seat   int               `json:"seat"`
	Score  float64           `json:"score"`
	Seq    uint64            `json:"seq"`
	Last   bool              `json:"last,omitempty"`
	Pieces []string          `json:"pieces"`
	Raw    []byte            `json:"raw"`
	Labels map[string]string `json:"labels"`
	At     time.Time         `json:"at"`
	Next   *move             `json:"next,omitempty"`
}

func aMove() move {
	return move{
		Room: "room-17 <größe>", Seat: -3, Score: 1.5, Seq: math.MaxUint64, Last: true,
		Pieces: []string{"HORSE_RED", "HORSE_RED"}, Raw: []byte{0, 0xff}, Labels: map[string]string{"a": "b"},
		At:   time.Date(2026, 11, 24, 1, 2, 3, 123456789, time.UTC),
		Next: &move{Room: "room-18"},
	}
}

// codecs are all ways to carry a T.
func codecs[T any](tb testing.TB) map[string]Codec[T] {
	tb.Helper()
	set, err := NewSet[T](NewCBOR[T](), NewJSON[T]())
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string]Codec[T]{"json": NewJSON[T](), "cbor": NewCBOR[T](), "gob": NewGob[T](), "set": set}
	for _, e := range []Encoding{Identity, Zstd, Gzip} {
		c, err := NewEnvelope[T](EnvelopeConfig{CompressConfig: CompressConfig{Encoding: e, Threshold: 1, Limit: 1 << 20}},
			NewJSON[T](), NewCBOR[T](), NewGob[T]())
		if err != nil {
			tb.Fatal(err)
		}
		all["envelope "+e.String()] = c
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	long := aMove()
	long.Room = strings.Repeat("a long name, ", 1_000)
	for name, c := range codecs[move](t) {
		for _, want := range []move{{}, aMove(), long} {
			data, err := c.Append([]byte("before"), &want)
			if err != nil || !bytes.HasPrefix(data, []byte("before")) {
				t.Fatalf("%s: %.40q, %v", name, data, err)
			}
			got, err := Decode(c, data[len("before"):])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !sameMove(got, want) {
				t.Errorf("%s: got %+v, want %+v", name, got, want)
			}
		}
	}
}

// What has nothing to be set up needs no constructor.
func TestZeroCodecs(t *testing.T) {
	t.Parallel()
	for _, c := range []Codec[move]{new(JSON[move]), new(CBOR[move]), Gob[move]{}} {
		data, err := Encode(c, aMove())
		if err != nil {
			t.Fatalf("%s: %v", c.ContentType(), err)
		}
		if got, err := Decode(c, data); err != nil || !sameMove(got, aMove()) {
			t.Errorf("%s: got %+v, %v", c.ContentType(), got, err)
		}
	}
}

// sameMove takes nil and empty for the same, because gob does.
func sameMove(a, b move) bool {
	if !a.At.Equal(b.At) || len(a.Raw) != len(b.Raw) || !bytes.Equal(a.Raw, b.Raw) ||
		strings.Join(a.Pieces, "\x00") != strings.Join(b.Pieces, "\x00") || len(a.Pieces) != len(b.Pieces) ||
		len(a.Labels) != len(b.Labels) || (a.Next == nil) != (b.Next == nil) {
		return false
	}
	for k, v := range a.Labels {
		if got, there := b.Labels[k]; !there || got != v {
			return false
		}
	}
	if a.Next != nil && !sameMove(*a.Next, *b.Next) {
		return false
	}
	a.At, a.Raw, a.Pieces, a.Labels, a.Next = time.Time{}, nil, nil, nil, nil
	b.At, b.Raw, b.Pieces, b.Labels, b.Next = time.Time{}, nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

func TestRoundTripOfAnyMove(t *testing.T) {
	t.Parallel()
	all := codecs[move](t)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) move {
			return move{
				Room:   rapid.String().Draw(t, label+" room"),
				Seat:   rapid.Int().Draw(t, label+" seat"),
				Score:  rapid.Float64().Draw(t, label+" score"),
				Seq:    rapid.Uint64().Draw(t, label+" seq"),
				Last:   rapid.Bool().Draw(t, label+" last"),
				Pieces: rapid.SliceOf(rapid.String()).Draw(t, label+" pieces"),
				Raw:    rapid.SliceOf(rapid.Byte()).Draw(t, label+" raw"),
				Labels: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, label+" labels"),
				At:     time.Unix(rapid.Int64Range(0, 4e9).Draw(t, label+" seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, label+" nanos")).UTC(),
			}
		}
		want, next := draw("move"), draw("next")
		want.Next = &next
		for name, c := range all {
			data, err := Encode(c, want)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := Decode(c, data); err != nil || !sameMove(got, want) {
				t.Fatalf("%s: got %+v, %v, want %+v", name, got, err, want)
			}
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	for name, c := range codecs[move](t) {
		var users sync.WaitGroup
		for u := range 4 {
			users.Go(func() {
				want := aMove()
				want.Seat = u
				want.Room = strings.Repeat("x", 100*u)
				for range 50 {
					data, err := Encode(c, want)
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					if got, err := Decode(c, data); err != nil || !sameMove(got, want) {
						t.Errorf("%s: got %+v, %v", name, got, err)
						return
					}
				}
			})
		}
		users.Wait()
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for name, c := range codecs[move](t) {
		data, err := Encode(c, aMove())
		if err != nil {
			t.Fatal(err)
		}
		for what, bad := range map[string][]byte{
			"nothing":     nil,
			"cut short":   data[:len(data)-1],
			"bytes after": append(bytes.Clone(data), data...),
			"noise":       []byte("\xfe\xfe\xfe noise"),
		} {
			_, err := Decode(c, bad)
			if !errors.Is(err, pitboss.ErrInvalid) {
				t.Errorf("%s, %s: %v, want an invalid input", name, what, err)
			}
		}
	}
}

func TestUnencodable(t *testing.T) {
	t.Parallel()
	for name, c := range codecs[func()](t) {
		before := []byte("before")
		f := func() {}
		out, err := c.Append(before, &f)
		var encode *EncodeError
		if !errors.As(err, &encode) || !errors.Is(err, pitboss.ErrPermanent) || string(out) != "before" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestAnyLooksTheSameInBoth(t *testing.T) {
	t.Parallel()
	want := any(map[string]any{"a": "b", "c": []any{"d", true, nil}})
	for _, c := range []Codec[any]{NewJSON[any](), NewCBOR[any]()} {
		data, err := Encode(c, want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(c, data); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v", c.ContentType(), got, err)
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	set, err := NewSet[move](NewCBOR[move](), NewJSON[move](), NewGob[move]())
	if err != nil {
		t.Fatal(err)
	}
	if set.ContentType() != TypeCBOR {
		t.Errorf("content type %q", set.ContentType())
	}
	want := aMove()
	for as, c := range map[string]Codec[move]{
		"application/cbor":                NewCBOR[move](),
		"Application/JSON; charset=utf-8": NewJSON[move](),
		TypeGob:                           NewGob[move](),
	} {
		data, err := Encode(c, want)
		if err != nil {
			t.Fatal(err)
		}
		var got move
		if err := set.DecodeAs(as, data, &got); err != nil || !sameMove(got, want) {
			t.Errorf("%s: %+v, %v", as, got, err)
		}
	}
	for _, c := range []Codec[move]{NewCBOR[move](), NewJSON[move]()} {
		data, _ := Encode(c, want)
		if got, err := Decode[move](set, data); err != nil || !sameMove(got, want) {
			t.Errorf("without a content type, %s: %+v, %v", c.ContentType(), got, err)
		}
	}
	var v move
	var unknown *TypeError
	if err := set.DecodeAs("text/xml", nil, &v); !errors.As(err, &unknown) || unknown.ContentType != "text/xml" ||
		len(unknown.Known) != 3 || !errors.Is(err, ErrUnknownType) || !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("unknown content type: %v", err)
	}
	if _, err := NewSet[move](NewJSON[move](), nil, NewJSON[move]()); !errors.Is(err, pitboss.ErrInvalid) ||
		!strings.Contains(err.Error(), "codec 1") || !strings.Contains(err.Error(), "codec 2") {
		t.Errorf("a codec twice, and none: %v", err)
	}
}

func TestSniff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ data, want string }{
		{`{"a":1}`, TypeJSON},
		{" [1, 2]\n", TypeJSON},
		{`"text"`, TypeJSON},
		{"7", TypeJSON},
		{"null", TypeJSON},
		{"\xa1aaab", TypeCBOR},
		{"\x83\x01\x02\x03", TypeCBOR},
		{"\xd9\xd9\xf7\x01", TypeCBOR},
		{"\xffP\x01\x01\x00\x01{}", TypeEnvelope},
		{"", ""},
		{`{"a":`, ""},
		{"\xfe\xfe", ""},
	} {
		if got := Sniff([]byte(c.data)); got != c.want {
			t.Errorf("%q: %q, want %q", c.data, got, c.want)
		}
	}
}
