package codec

import (
	"bytes"
	"fmt"
	"testing"
)

// sparse is a payload of ten fields, like an event of a game.
type sparse struct {
	Seq     uint64   `json:"seq"`
	RoomSeq uint64   `json:"room_seq"`
	Type    string   `json:"type"`
	Time    string   `json:"time"`
	Room    string   `json:"room"`
	Game    string   `json:"game"`
	Player  string   `json:"player"`
	Cause   string   `json:"correlation_id"`
	Pieces  []string `json:"pieces"`
	Piles   int      `json:"piles"`
}

func aSparse() sparse {
	return sparse{
		Seq: 123_456, RoomSeq: 789, Type: "piece.played", Time: "2026-11-24T01:02:03.123456789Z",
		Room: "room-17", Game: "game-3", Player: "player-3", Cause: "0198c3c17bbf7c3e9a369c1d3c1d3c1d",
		Pieces: []string{"HORSE_RED", "HORSE_RED"}, Piles: 3,
	}
}

func BenchmarkCodec(b *testing.B) {
	enveloped, err := NewEnvelope[sparse](EnvelopeConfig{}, NewCBOR[sparse]())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []Codec[sparse]{NewJSON[sparse](), NewCBOR[sparse](), NewGob[sparse](), enveloped} {
		v := aSparse()
		data, err := Encode(c, v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("encode/"+c.ContentType(), func(b *testing.B) {
			b.ReportAllocs()
			into := make([]byte, 0, 1024)
			for b.Loop() {
				if _, err := c.Append(into[:0], &v); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "bytes")
		})
		b.Run("decode/"+c.ContentType(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var got sparse
				if err := c.Decode(data, &got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompress(b *testing.B) {
	for _, e := range []Encoding{Zstd, Gzip} {
		for _, size := range []int{256, 1 << 10, 4 << 10, 16 << 10} {
			compress, err := NewCompressor(CompressConfig{Encoding: e, Threshold: 1})
			if err != nil {
				b.Fatal(err)
			}
			data := eventsOf(b, size)
			packed, as := compress.Append(nil, data)
			var into []byte
			b.Run(fmt.Sprintf("%v/bytes=%d", e, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					into, _ = compress.Append(into[:0], data)
				}
				b.ReportMetric(float64(len(packed)), "bytes")
			})
			b.Run(fmt.Sprintf("un%v/bytes=%d", e, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if into, err = compress.Expand(into[:0], packed, as); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// eventsOf returns so many bytes of events in JSON, that are alike but not the
// same.
func eventsOf(b *testing.B, size int) []byte {
	b.Helper()
	var out bytes.Buffer
	c := NewJSON[sparse]()
	for i := uint64(0); out.Len() < size; i++ {
		v := aSparse()
		v.Seq += i
		v.Room = fmt.Sprintf("room-%d", i*7919%1000)
		v.Player = fmt.Sprintf("player-%d", i*104_729%4000)
		v.Cause = fmt.Sprintf("%016x%016x", i*0x9E3779B97F4A7C15, i*0xC2B2AE3D27D4EB4F)
		v.Time = fmt.Sprintf("2026-11-24T01:%02d:%02d.%09dZ", i/60%60, i%60, i*0x9E3779B97F4A7C15%1_000_000_000)
		data, err := Encode(c, v)
		if err != nil {
			b.Fatal(err)
		}
		out.Write(data)
	}
	return out.Bytes()[:size]
}
