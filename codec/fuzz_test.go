package codec

import (
	"bytes"
	"runtime/metrics"
	"testing"
	"time"
)

// FuzzRoundTrip carries a payload through every codec.
func FuzzRoundTrip(f *testing.F) {
	f.Add("room-17", 3, uint64(7), "HORSE_RED", []byte{1, 2}, int64(1_700_000_000), int64(5))
	f.Add("", -1, uint64(0), "", []byte(nil), int64(0), int64(0))
	all := codecs[move](f)
	f.Fuzz(func(t *testing.T, room string, seat int, seq uint64, piece string, raw []byte, seconds, nanos int64) {
		// JSON and CBOR say times as text, whose years have four digits; JSON says
		// text in UTF-8.
		at := time.Unix(seconds%250_000_000_000, nanos%1_000_000_000).UTC()
		if at.Year() < 1 || at.Year() > 9999 {
			at = time.Time{}
		}
		want := move{
			Room: string(bytes.ToValidUTF8([]byte(room), nil)), Seat: seat, Seq: seq, At: at, Raw: raw,
			Pieces: []string{string(bytes.ToValidUTF8([]byte(piece), nil))},
		}
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

// FuzzDecode gives any bytes to every codec. None may panic, and what they
// allocate must stay in proportion.
func FuzzDecode(f *testing.F) {
	for _, c := range codecs[move](f) {
		data, err := Encode(c, aMove())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x9b\x00\x00\x00\xff\xff\xff\xff\xff")) // CBOR: an array of 2^40
	f.Add([]byte("\x5b\x7f\xff\xff\xff\xff\xff\xff\xff")) // CBOR: 2^63 bytes
	f.Add(bytes.Repeat([]byte("["), 20_000))
	f.Add(bytes.Repeat([]byte{0x81}, 20_000))
	const limit = 4 << 10
	envelope, err := NewEnvelope[move](EnvelopeConfig{Bare: true, CompressConfig: CompressConfig{Limit: limit}},
		NewJSON[move](), NewCBOR[move]())
	if err != nil {
		f.Fatal(err)
	}
	bounded := map[string]Codec[move]{"json": NewJSON[move](), "cbor": NewCBOR[move](), "envelope": envelope}
	anything := []Codec[any]{NewJSON[any](), NewCBOR[any]()}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, c := range bounded {
			before := allocated()
			_, err := Decode(c, data)
			// The rest is what decompressors set up once.
			if took := allocated() - before; took > 16<<20+1_000*uint64(len(data)+limit) {
				t.Errorf("%s allocated %d bytes for %d; %v", name, took, len(data), err)
			}
		}
		for _, c := range anything {
			_, _ = Decode(c, data)
		}
		_, _ = Decode(NewGob[move](), data)
	})
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
