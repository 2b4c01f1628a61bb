package codec

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/pitboss-dev/pitboss"
)

func compressor(tb testing.TB, c CompressConfig) *Compressor {
	tb.Helper()
	compress, err := NewCompressor(c)
	if err != nil {
		tb.Fatal(err)
	}
	return compress
}

func TestCompressor(t *testing.T) {
	t.Parallel()
	dull := bytes.Repeat([]byte("dull "), 2_000)
	noise := make([]byte, 10_000)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(noise)
	for _, c := range []struct {
		config CompressConfig
		data   []byte
		want   Encoding
	}{
		{CompressConfig{}, dull, Identity},
		{CompressConfig{Encoding: Zstd}, dull, Zstd},
		{CompressConfig{Encoding: Gzip}, dull, Gzip},
		{CompressConfig{Encoding: Zstd}, dull[:DefaultThreshold-1], Identity},
		{CompressConfig{Encoding: Zstd}, dull[:DefaultThreshold], Zstd},
		{CompressConfig{Encoding: Zstd, Threshold: 100}, dull[:100], Zstd},
		{CompressConfig{Encoding: Zstd}, noise, Identity},
		{CompressConfig{Encoding: Gzip}, noise, Identity},
		{CompressConfig{Encoding: Zstd, Threshold: 1}, nil, Identity},
	} {
		compress := compressor(t, c.config)
		out, e := compress.Append([]byte("before"), c.data)
		if e != c.want || !bytes.HasPrefix(out, []byte("before")) || len(out) > len("before")+len(c.data) {
			t.Errorf("%+v, %d bytes: %v, %d bytes", c.config, len(c.data), e, len(out))
		}
		back, err := compress.Expand([]byte("before"), out[len("before"):], e)
		if err != nil || string(back) != "before"+string(c.data) {
			t.Errorf("%+v, %d bytes: %d bytes again, %v", c.config, len(c.data), len(back), err)
		}
	}
}

// A bomb costs no more than the limit, whether or not its header tells.
func TestBombs(t *testing.T) {
	const limit = 64 << 10
	zeros := make([]byte, 32<<20)
	big := compressor(t, CompressConfig{Encoding: Zstd, Limit: 1 << 30})
	known := big.zstd.append(nil, zeros)
	half := big.zstd.append(nil, zeros[:limit/2+1])
	gzipped := big.gzip.append(nil, zeros)
	tight := compressor(t, CompressConfig{Limit: limit})
	for name, c := range map[string]struct {
		data     []byte
		encoding Encoding
	}{
		"identity":    {zeros[:limit+1], Identity},
		"zstd":        {known, Zstd},
		"zstd frames": {bytes.Repeat(half, 1_000), Zstd},
		"gzip":        {gzipped, Gzip},
		"gzip parts":  {bytes.Repeat(big.gzip.append(nil, zeros[:limit/2+1]), 1_000), Gzip},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := tight.Expand(nil, c.data, c.encoding)
		runtime.ReadMemStats(&after)
		var size *SizeError
		if !errors.As(err, &size) || size.Limit != limit || !errors.Is(err, pitboss.ErrInvalid) || len(out) > 0 {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 32*limit {
			t.Errorf("%s: allocated %d bytes for a limit of %d", name, took, limit)
		}
	}
	// Exactly the limit is no bomb.
	for e, data := range map[Encoding][]byte{
		Identity: zeros[:limit], Zstd: big.zstd.append(nil, zeros[:limit]), Gzip: big.gzip.append(nil, zeros[:limit]),
	} {
		if out, err := tight.Expand(nil, data, e); err != nil || len(out) != limit {
			t.Errorf("%v of exactly the limit: %d bytes, %v", e, len(out), err)
		}
	}
}

func TestMalformedCompression(t *testing.T) {
	t.Parallel()
	compress := compressor(t, CompressConfig{Threshold: 1})
	data := bytes.Repeat([]byte("dull "), 1_000)
	for e, good := range map[Encoding][]byte{Zstd: compress.zstd.append(nil, data), Gzip: compress.gzip.append(nil, data)} {
		for _, bad := range [][]byte{good[:len(good)/2], append(bytes.Clone(good), "after"...), []byte("neither")} {
			out, err := compress.Expand([]byte("before"), bad, e)
			var decode *DecodeError
			if !errors.As(err, &decode) || decode.ContentType != e.String() || string(out) != "before" {
				t.Errorf("%v of %d bytes: %q, %v", e, len(bad), out, err)
			}
		}
	}
	if _, err := compress.Expand(nil, nil, 7); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("unknown encoding: %v", err)
	}
	if _, err := compress.Expand(nil, nil, Gzip); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("empty gzip: %v", err)
	}
}
