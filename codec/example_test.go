package codec_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/pitboss-dev/pitboss/codec"
)

type play struct {
	Room   string   `json:"room"`
	Pieces []string `json:"pieces"`
}

var horses = play{Room: "room-7", Pieces: []string{"HORSE_RED", "HORSE_RED"}}

func ExampleJSON() {
	data, err := codec.Encode(codec.NewJSON[play](), horses)
	fmt.Printf("%s %v\n", data, err)
	// Output: {"room":"room-7","pieces":["HORSE_RED","HORSE_RED"]} <nil>
}

func ExampleCBOR() {
	c := codec.NewCBOR[play]()
	data, err := codec.Encode(c, horses)
	if err != nil {
		log.Fatal(err)
	}
	got, err := codec.Decode(c, data)
	fmt.Println(len(data), "bytes", got, err)
	// Output: 41 bytes {room-7 [HORSE_RED HORSE_RED]} <nil>
}

func ExampleGob() {
	c := codec.NewGob[map[[2]int]string]() // a map that JSON cannot say
	data, err := codec.Encode(c, map[[2]int]string{{1, 2}: "horse"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(codec.Decode(c, data))
	// Output: map[[1 2]:horse] <nil>
}

// A set reads what others write.
func ExampleSet() {
	set, err := codec.NewSet[play](codec.NewCBOR[play](), codec.NewJSON[play]())
	if err != nil {
		log.Fatal(err)
	}
	var got play
	err = set.DecodeAs("application/json; charset=utf-8", []byte(`{"room":"room-8"}`), &got)
	fmt.Println(got.Room, err)
	err = set.Decode([]byte(`{"room":"room-9"}`), &got) // without a content type
	fmt.Println(got.Room, err)
	fmt.Println(set.DecodeAs("text/xml", nil, &got))
	// Output:
	// room-8 <nil>
	// room-9 <nil>
	// unknown content type "text/xml", want application/cbor or application/json
}

// An envelope says what is inside, compressed where it pays.
func ExampleEnvelope() {
	c, err := codec.NewEnvelope[play](codec.EnvelopeConfig{
		CompressConfig: codec.CompressConfig{Encoding: codec.Zstd},
	}, codec.NewCBOR[play](), codec.NewJSON[play]())
	if err != nil {
		log.Fatal(err)
	}
	small, err := codec.Encode(c, horses)
	fmt.Println(len(small), "bytes", err)
	large, err := codec.Encode(c, play{Room: strings.Repeat("room", 2_000)})
	fmt.Println(len(large) < 100, err)

	// A message of a later program is a clear error.
	later, err := codec.NewEnvelope[play](codec.EnvelopeConfig{Version: 2}, codec.NewCBOR[play]())
	if err != nil {
		log.Fatal(err)
	}
	data, err := codec.Encode(later, horses)
	if err != nil {
		log.Fatal(err)
	}
	_, err = codec.Decode(c, data)
	fmt.Println(errors.Is(err, codec.ErrVersion), err)
	// Output:
	// 47 bytes <nil>
	// true <nil>
	// true unknown version 2 of payload, want 1; upgrade this program
}

// The limit holds against what a few bytes may claim to be.
func ExampleCompressor() {
	sender, err := codec.NewCompressor(codec.CompressConfig{Encoding: codec.Zstd})
	if err != nil {
		log.Fatal(err)
	}
	bomb, how := sender.Append(nil, make([]byte, 1_000_000))
	fmt.Println(how, len(bomb) < 2_000)

	receiver, err := codec.NewCompressor(codec.CompressConfig{Limit: 64_000})
	if err != nil {
		log.Fatal(err)
	}
	_, err = receiver.Expand(nil, bomb, how)
	fmt.Println(err)
	// Output:
	// zstd true
	// too large: more than 64000 bytes; raise the limit if that is meant
}
