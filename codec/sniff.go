package codec

import (
	"bytes"
	"encoding/json"
)

// selfDescribed begins CBOR that says so (RFC 8949, section 3.4.6).
var selfDescribed = []byte{0xd9, 0xd9, 0xf7}

// Sniff returns the content type that bytes without one seem to have:
// [TypeEnvelope], [TypeJSON], [TypeCBOR], or nothing. It is a guess. What is
// well-formed JSON counts as JSON, even where it could be CBOR as well, which
// happens with lone numbers; gob cannot be recognised. It reads all of data.
func Sniff(data []byte) string {
	switch {
	case isEnvelope(data):
		return TypeEnvelope
	case bytes.HasPrefix(data, selfDescribed):
		return TypeCBOR
	case json.Valid(data):
		return TypeJSON
	case isCBOR(data):
		return TypeCBOR
	}
	return ""
}

func isCBOR(data []byte) bool { return cborDecoder.Wellformed(data) == nil }
