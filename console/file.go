package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// file is one embedded file, and how browsers are told of it.
type file struct {
	name    string
	text    []byte
	tag     string
	kind    string
	lasting bool // its name changes with its content
	zipped  func() []byte
}

// hashed are the names that the build gives.
var hashed = regexp.MustCompile(`-[A-Za-z0-9_-]{8}\.[a-z0-9]+$`)

// kinds are written down, because the standard library asks the machine.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon",
	".js": "text/javascript; charset=utf-8", ".json": "application/json", ".png": "image/png",
	".svg": "image/svg+xml", ".webp": "image/webp", ".woff2": "font/woff2",
}

func newFile(name string, text []byte) *file {
	sum := sha256.Sum256(text)
	f := &file{
		name: name, text: text, tag: hex.EncodeToString(sum[:8]), kind: kinds[path.Ext(name)],
		lasting: hashed.MatchString(name),
	}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	f.zipped = sync.OnceValue(f.zip)
	return f
}

// zip returns the file compressed, or nil where that gains nothing.
func (f *file) zip() []byte {
	if len(f.text) < 1024 || strings.HasPrefix(f.kind, "image/") && f.kind != kinds[".svg"] || f.kind == kinds[".woff2"] {
		return nil
	}
	var into bytes.Buffer
	w, _ := gzip.NewWriterLevel(&into, gzip.BestCompression) // the level is a good one
	_, _ = w.Write(f.text)                                   // memory does not fail
	_ = w.Close()                                            // the same
	return into.Bytes()
}

// serve answers with the file. Embedded files have no time; a tag says whether a
// browser has them already.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Add("Vary", "Accept-Encoding")
	switch {
	case f.lasting:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	text, tag := f.text, f.tag
	if acceptsGzip(r) {
		if zipped := f.zipped(); zipped != nil {
			h.Set("Content-Encoding", "gzip")
			text, tag = zipped, tag+"-gzip"
		}
	}
	h.Set("Etag", `"`+tag+`"`)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(text))
}

func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if strings.TrimSpace(name) == "gzip" {
			value := strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(quality), "q="), "0.")
			return strings.TrimSpace(quality) == "" || value != ""
		}
	}
	return false
}
