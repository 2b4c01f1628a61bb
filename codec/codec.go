package codec

// Codec turns payloads of one type into bytes and back. Implementations are
// safe for concurrent use.
type Codec[T any] interface {
	// ContentType names the format, as in MIME: application/json.
	ContentType() string
	// Append appends the encoded value to dst and returns it. On an error dst
	// keeps its length.
	Append(dst []byte, v *T) ([]byte, error)
	// Decode reads all of data into v, which should be zero. On an error v may
	// be partly filled. It does not keep data.
	Decode(data []byte, v *T) error
}

// Encode returns the encoded value in a slice of its own.
func Encode[T any](c Codec[T], v T) ([]byte, error) { return c.Append(nil, &v) }

// Decode returns the decoded value.
func Decode[T any](c Codec[T], data []byte) (T, error) {
	var v T
	err := c.Decode(data, &v)
	return v, err
}
