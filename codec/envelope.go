package codec

import (
	"errors"
	"fmt"
	"sync"

	"github.com/pitboss-dev/pitboss"
)

// TypeEnvelope is the content type of [Envelope].
const TypeEnvelope = "application/vnd.pitboss.envelope"

// The header, for good:
//
//	0  0xff 'P'  no JSON, CBOR, zstd or gzip begins like this, nor does gob
//	2  1         version of the envelope
//	3            version of the payload, 1 to 255
//	4            [Encoding] of the payload
//	5            content type by number, or 0
//	6            where that is 0: its length in a byte, and the type itself
const (
	magic0, magic1  = 0xff, 'P'
	envelopeVersion = 1
	headerSize      = 6
	maxTypeName     = 255
)

// typeNumbers spare the common content types their names.
var typeNumbers = [...]string{1: TypeJSON, 2: TypeCBOR, 3: TypeGob}

func isEnvelope(data []byte) bool {
	return len(data) >= 2 && data[0] == magic0 && data[1] == magic1
}

// EnvelopeConfig describes an [Envelope]. Its zero value writes version 1,
// reads no other, and does not compress.
type EnvelopeConfig struct {
	// Version is the version of the payload that Append writes, and the newest
	// that Decode reads; raise it when a payload's meaning changes. Zero: 1.
	Version uint8
	// Oldest is the oldest version that Decode reads. Zero: Version.
	Oldest uint8
	// Bare lets Decode read bytes without a header, as what [Sniff] takes them
	// for. It serves queues from before the envelope. False: they are refused.
	Bare bool
	// CompressConfig says how payloads are compressed, from what size on, and how
	// large one may be, compressed or not.
	CompressConfig
}

// Envelope puts a header before the payload, so that whoever reads it knows the
// format, the version and the compression, and can tell when it does not know
// them.
type Envelope[T any] struct {
	set      *Set[T]
	compress *Compressor
	oldest   uint8
	newest   uint8
	bare     bool
	limit    int
	header   []byte // but for the encoding
	scratch  sync.Pool
}

// maxScratch bounds the buffers that are kept for reuse, so that one large
// payload does not occupy its size for ever.
const maxScratch = 1 << 20

// NewEnvelope returns an envelope around codecs. It writes the first and reads
// all of them.
func NewEnvelope[T any](c EnvelopeConfig, first Codec[T], others ...Codec[T]) (*Envelope[T], error) {
	if c.Version == 0 {
		c.Version = 1
	}
	if c.Oldest == 0 {
		c.Oldest = c.Version
	}
	var faults pitboss.FieldErrors
	if c.Oldest > c.Version {
		faults.Add("oldest", c.Oldest, fmt.Sprintf("at most the version, %d", c.Version))
	}
	set, err := NewSet(first, others...)
	if err == nil && len(set.ContentType()) > maxTypeName {
		faults.Add("content_type", set.ContentType(), fmt.Sprintf("at most %d bytes", maxTypeName))
	}
	compress, compressErr := NewCompressor(c.CompressConfig)
	if err := errors.Join(faults.Err(), err, compressErr); err != nil {
		return nil, err
	}
	return &Envelope[T]{
		set: set, compress: compress, oldest: c.Oldest, newest: c.Version, bare: c.Bare, limit: compress.limit,
		header:  header(c.Version, set.ContentType()),
		scratch: sync.Pool{New: func() any { return new([]byte) }},
	}, nil
}

func header(version uint8, contentType string) []byte {
	h := []byte{magic0, magic1, envelopeVersion, version, byte(Identity), 0}
	for number, name := range typeNumbers {
		if name != "" && name == contentType {
			h[headerSize-1] = byte(number)
			return h
		}
	}
	return append(append(h, byte(len(contentType))), contentType...)
}

// ContentType implements [Codec].
func (e *Envelope[T]) ContentType() string { return TypeEnvelope }

// Append implements [Codec]. It fails with a [SizeError] on a payload that
// Decode would refuse.
func (e *Envelope[T]) Append(dst []byte, v *T) ([]byte, error) {
	before := len(dst)
	payload := before + len(e.header)
	out, err := e.set.Append(append(dst, e.header...), v)
	if err != nil {
		return dst, err
	}
	if len(out)-payload > e.limit {
		return dst, &SizeError{e.limit}
	}
	if e.compress.encoding == Identity || len(out)-payload < e.compress.threshold {
		return out, nil
	}
	scratch, _ := e.scratch.Get().(*[]byte)
	defer e.release(scratch)
	compressed, encoding := e.compress.Append((*scratch)[:0], out[payload:])
	*scratch = compressed
	if encoding != Identity {
		out[before+4] = byte(encoding)
		out = append(out[:payload], compressed...)
	}
	return out, nil
}

// Decode implements [Codec]. It fails with a [VersionError], a [TypeError], a
// [SizeError] or a [DecodeError].
func (e *Envelope[T]) Decode(data []byte, v *T) error {
	if !isEnvelope(data) {
		return e.decodeBare(data, v)
	}
	h, payload, err := open(data)
	if err != nil {
		return err
	}
	if h.version < e.oldest || h.version > e.newest {
		return &VersionError{"payload", int(h.version), int(e.oldest), int(e.newest)}
	}
	if h.encoding == Identity {
		if len(payload) > e.limit {
			return &SizeError{e.limit}
		}
		return e.set.DecodeAs(h.contentType, payload, v)
	}
	scratch, _ := e.scratch.Get().(*[]byte)
	defer e.release(scratch)
	if *scratch, err = e.compress.Expand((*scratch)[:0], payload, h.encoding); err != nil {
		return err
	}
	return e.set.DecodeAs(h.contentType, *scratch, v)
}

func (e *Envelope[T]) decodeBare(data []byte, v *T) error {
	if !e.bare {
		return &DecodeError{TypeEnvelope, errors.New("no envelope; set Bare to read payloads without one")}
	}
	if len(data) > e.limit {
		return &SizeError{e.limit}
	}
	return e.set.Decode(data, v)
}

func (e *Envelope[T]) release(scratch *[]byte) {
	if cap(*scratch) <= maxScratch {
		e.scratch.Put(scratch)
	}
}

type envelopeHeader struct {
	version     uint8
	encoding    Encoding
	contentType string
}

var errCutShort = errors.New("cut short within the header")

// open takes an envelope apart.
func open(data []byte) (envelopeHeader, []byte, error) {
	bad := func(err error) (envelopeHeader, []byte, error) {
		return envelopeHeader{}, nil, &DecodeError{TypeEnvelope, err}
	}
	if len(data) < 3 {
		return bad(errCutShort)
	}
	if v := int(data[2]); v != envelopeVersion {
		return envelopeHeader{}, nil, &VersionError{"envelope", v, envelopeVersion, envelopeVersion}
	}
	if len(data) < headerSize {
		return bad(errCutShort)
	}
	h := envelopeHeader{version: data[3], encoding: Encoding(data[4])}
	number, rest := int(data[5]), data[headerSize:]
	switch {
	case number >= len(typeNumbers):
		return bad(fmt.Errorf("content type number %d is unknown; upgrade this program", number))
	case number > 0:
		h.contentType = typeNumbers[number]
		return h, rest, nil
	case len(rest) == 0 || len(rest) < 1+int(rest[0]):
		return bad(errCutShort)
	}
	name := 1 + int(rest[0])
	h.contentType = string(rest[1:name])
	return h, rest[name:], nil
}
