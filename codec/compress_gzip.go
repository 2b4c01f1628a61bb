package codec

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// gzipCoder keeps writers and readers for reuse: a new writer takes hundreds of
// kilobytes.
type gzipCoder struct{ writers, readers *sync.Pool }

type gzipWriter struct {
	gzip *gzip.Writer
	out  appender
}

type gzipReader struct {
	gzip gzip.Reader
	in   bytes.Reader
}

func newGzipCoder() gzipCoder {
	return gzipCoder{
		writers: &sync.Pool{New: func() any {
			w := &gzipWriter{}
			w.gzip, _ = gzip.NewWriterLevel(&w.out, gzip.BestSpeed) // the level is valid
			return w
		}},
		readers: &sync.Pool{New: func() any { return new(gzipReader) }},
	}
}

func (g gzipCoder) append(dst, data []byte) []byte {
	w, _ := g.writers.Get().(*gzipWriter)
	defer g.writers.Put(w)
	w.out = dst
	w.gzip.Reset(&w.out)
	// An appender takes everything.
	_, _ = w.gzip.Write(data)
	_ = w.gzip.Close()
	dst, w.out = w.out, nil
	return dst
}

func (g gzipCoder) expand(dst, data []byte, limit int) ([]byte, error) {
	r, _ := g.readers.Get().(*gzipReader)
	defer g.readers.Put(r)
	r.in.Reset(data)
	defer r.in.Reset(nil)
	if err := r.gzip.Reset(&r.in); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return dst, err
	}
	return readAll(dst, &r.gzip, limit)
}

// readAll appends all that r has to dst, unless it is more than limit. It grows
// dst with what is read, not with what is promised.
func readAll(dst []byte, r io.Reader, limit int) ([]byte, error) {
	before := len(dst)
	for {
		dst = slices.Grow(dst, 512)
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst)-before > limit:
			return dst[:before], ErrTooLarge
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst[:before], err
		}
	}
}
