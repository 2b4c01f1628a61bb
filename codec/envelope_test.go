package codec

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
)

func envelope(tb testing.TB, c EnvelopeConfig) *Envelope[string] {
	tb.Helper()
	e, err := NewEnvelope[string](c, NewJSON[string](), NewCBOR[string]())
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// foreign is a codec from elsewhere.
type foreign struct{ name string }

func (f foreign) ContentType() string                          { return f.name }
func (f foreign) Append(dst []byte, v *string) ([]byte, error) { return append(dst, *v...), nil }
func (f foreign) Decode(data []byte, v *string) error          { *v = string(data); return nil }

// What is written today must be readable for good.
func TestEnvelopeFormat(t *testing.T) {
	t.Parallel()
	gzipped := envelope(t, EnvelopeConfig{CompressConfig: CompressConfig{Encoding: Gzip, Threshold: 1}})
	own, err := NewEnvelope[string](EnvelopeConfig{}, foreign{"text/x-own"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		codec Codec[string]
		text  string
		want  string // a prefix
	}{
		{envelope(t, EnvelopeConfig{}), "hi", "\xffP\x01\x01\x00\x01\"hi\""},
		{envelope(t, EnvelopeConfig{Version: 7}), "hi", "\xffP\x01\x07\x00\x01\"hi\""},
		{gzipped, strings.Repeat("hi", 100), "\xffP\x01\x01\x02\x01\x1f\x8b"},
		{gzipped, "hi", "\xffP\x01\x01\x00\x01\"hi\""}, // would be larger
		{
			envelope(t, EnvelopeConfig{CompressConfig: CompressConfig{Encoding: Zstd, Threshold: 1}}),
			strings.Repeat("hi", 100), "\xffP\x01\x01\x01\x01\x28\xb5\x2f\xfd",
		},
		{own, "hi", "\xffP\x01\x01\x00\x00\x0atext/x-ownhi"},
	} {
		data, err := Encode(c.codec, c.text)
		if err != nil || !bytes.HasPrefix(data, []byte(c.want)) {
			t.Errorf("%.60q, %v, want %q…", data, err, c.want)
		}
		if got, err := Decode(c.codec, data); got != c.text || err != nil {
			t.Errorf("read again: %q, %v", got, err)
		}
	}
}

func TestEnvelopeReadsEveryCodecAndEncoding(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("hi", 5_000)
	plain := envelope(t, EnvelopeConfig{})
	for _, e := range []Encoding{Zstd, Gzip} {
		other, err := NewEnvelope[string](EnvelopeConfig{CompressConfig: CompressConfig{Encoding: e}}, NewCBOR[string]())
		if err != nil {
			t.Fatal(err)
		}
		data, err := Encode(other, text)
		if err != nil || len(data) > 1_000 {
			t.Fatalf("%v: %d bytes, %v", e, len(data), err)
		}
		if got, err := Decode(plain, data); got != text || err != nil {
			t.Errorf("%v: %d bytes, %v", e, len(got), err)
		}
	}
}

func TestEnvelopeVersions(t *testing.T) {
	t.Parallel()
	e := envelope(t, EnvelopeConfig{Version: 5, Oldest: 3})
	for version, good := range map[byte]bool{0: false, 2: false, 3: true, 5: true, 6: false, 255: false} {
		got, err := Decode(e, []byte{0xff, 'P', 1, version, 0, 1, '"', 'x', '"'})
		if good != (err == nil) || good != (got == "x") {
			t.Errorf("version %d: %q, %v", version, got, err)
		}
		var unknown *VersionError
		if !good && (!errors.As(err, &unknown) || unknown.Of != "payload" || unknown.Version != int(version) ||
			!errors.Is(err, ErrVersion) || !errors.Is(err, pitboss.ErrInvalid)) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	var unknown *VersionError
	if _, err := Decode(e, []byte("\xffP\x02 whatever comes then")); !errors.As(err, &unknown) || unknown.Of != "envelope" || unknown.Version != 2 {
		t.Errorf("a later envelope: %v", err)
	}
}

func TestEnvelopeMalformed(t *testing.T) {
	t.Parallel()
	e := envelope(t, EnvelopeConfig{})
	for _, c := range []struct {
		data string
		want error
	}{
		{"\xffP", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x00", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x00\x00", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x00\x00\x05text", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x00\x04", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x03\x01\"x\"", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x01\x01not zstd", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x02\x01not gzip", pitboss.ErrInvalid},
		{"\xffP\x01\x01\x00\x00\x04text\"x\"", ErrUnknownType},
		{"\xffP\x01\x01\x00\x03\"x\"", ErrUnknownType}, // gob, which it does not read
		{`"x"`, pitboss.ErrInvalid},
		{"", pitboss.ErrInvalid},
	} {
		if got, err := Decode(e, []byte(c.data)); !errors.Is(err, c.want) || !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%q: %q, %v, want %v", c.data, got, err, c.want)
		}
	}
}

func TestBareEnvelope(t *testing.T) {
	t.Parallel()
	e := envelope(t, EnvelopeConfig{Bare: true, CompressConfig: CompressConfig{Limit: 10}})
	for data, want := range map[string]string{`"x"`: "x", "\x61y": "y"} {
		if got, err := Decode(e, []byte(data)); got != want || err != nil {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	if _, err := Decode(e, []byte(`"0123456789"`)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func TestEnvelopeLimitHoldsBothWays(t *testing.T) {
	t.Parallel()
	e := envelope(t, EnvelopeConfig{CompressConfig: CompressConfig{Limit: 10}})
	if _, err := Encode(e, "12345678"); err != nil {
		t.Errorf("ten bytes: %v", err)
	}
	var size *SizeError
	if _, err := Encode(e, "123456789"); !errors.As(err, &size) || size.Limit != 10 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("eleven bytes: %v", err)
	}
	if _, err := Decode(e, []byte("\xffP\x01\x01\x00\x01\"123456789\"")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("eleven bytes read: %v", err)
	}
}

func TestBadEnvelopeTellsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := NewEnvelope[string](EnvelopeConfig{
		Version: 1, Oldest: 2, CompressConfig: CompressConfig{Encoding: 9, Threshold: -1, Limit: -1},
	}, foreign{strings.Repeat("x", 256)}, nil)
	for _, field := range []string{"oldest", "codec 1", "encoding", "threshold", "limit"} {
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	if _, err := NewEnvelope[string](EnvelopeConfig{}, foreign{strings.Repeat("x", 256)}); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("a long content type: %v", err)
	}
}
