package codec

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// zstdCoder compresses whole messages. Encoder and decoder keep what they need
// for as many callers at once as there are processors; more of them wait.
type zstdCoder struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newZstdCoder(limit int) (zstdCoder, error) {
	encoder, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(1<<20), // a payload rarely has more to look back at
		zstd.WithLowerEncoderMem(true),
	)
	if err != nil {
		return zstdCoder{}, fmt.Errorf("zstd: %w", err)
	}
	decoder, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxMemory(uint64(limit)),
	)
	if err != nil {
		return zstdCoder{}, fmt.Errorf("zstd: %w", err)
	}
	return zstdCoder{encoder, decoder}, nil
}

func (z zstdCoder) append(dst, data []byte) []byte { return z.encoder.EncodeAll(data, dst) }

func (z zstdCoder) expand(dst, data []byte) ([]byte, error) {
	out, err := z.decoder.DecodeAll(data, dst)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return dst, ErrTooLarge
	}
	return out, err
}
