// Package codec turns payloads into bytes and back, for queues that outlive the
// process and for whoever speaks to another one. Queues in memory need none.
//
// # Which to choose
//
//   - [JSON]: people and other languages can read it. The default.
//   - [CBOR]: smaller than JSON, twice as fast to write and four times to read, of
//     any Go type, and with decoders in every language (RFC 8949).
//   - [Gob]: for Go on both sides, where a payload has what the others cannot
//     express, such as interface values and maps with struct keys. The slowest
//     and largest, because each message describes its own type.
//   - [Set]: several of them; writes one, reads all, by content type or by a look
//     at the bytes.
//   - [Envelope]: a set with a header of a few bytes, which says what is inside,
//     in which version, compressed or not. What a durable queue should use.
//   - [Compressor]: the compression alone.
//
// The zero values of JSON, CBOR and Gob are ready to use; the others are made by
// their constructors.
//
// # What is guaranteed
//
// Round trip. What Append wrote, Decode of the same codec reads, also in the
// next release: formats and header numbers do not change their meaning. JSON is
// UTF-8, so whatever is not valid UTF-8 in a string comes back as U+FFFD.
//
// Hostile bytes. Decode of [JSON], [CBOR], [Set] and [Envelope] returns an error
// for whatever is malformed; it does not panic, and allocates in proportion to
// its input, which bounds it, and for compressed input to the configured limit.
// The proportion depends on the payload's type: three bytes of JSON make one
// element of a slice, however large. [Gob] is for peers that are trusted.
//
// Errors. A decoding error matches [pitboss.ErrInvalid]: trying again cannot
// mend it, and a consumer writes its dead letter as validation_failed. A panic in
// a method of the payload's type, such as UnmarshalJSON, is an error like any
// other.
//
// Ownership. Append keeps nothing of the value; Decode keeps nothing of the
// bytes. All codecs are safe for concurrent use and start no goroutine.
package codec
