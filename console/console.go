// Package console is the web console: pages that show what a server does, and
// act on it. It is static and embedded; what it shows it asks the API for.
//
// The pages are built from web/ into dist by `make console`. Where they were not
// built, a plain page stands in that shows the tables, so that a build without
// Node works.
package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
)

//go:embed all:dist
var built embed.FS

//go:embed placeholder
var placeholder embed.FS

// Site serves the console: the same page at every address that [Site.Pages]
// names, because the page itself reads the address, and what it loads below
// /assets/. It is safe for concurrent use.
type Site struct {
	before, after []byte // the page, around the address that its links start from
	files         map[string]*file
	built         bool
}

// New returns the console as it was built, or the plain page where it was not.
func New() (*Site, error) {
	site, err := open(built, "dist")
	if errors.Is(err, fs.ErrNotExist) {
		return open(placeholder, "placeholder")
	}
	if err != nil {
		return nil, err
	}
	site.built = true
	return site, nil
}

// Built says whether the console is embedded, and not the plain page.
func (s *Site) Built() bool { return s.built }

// Pages are the addresses of the console's pages, as patterns of
// [http.ServeMux] without a method.
func (s *Site) Pages() []string {
	return []string{
		"/{$}", "/states/{state}", "/edges/{edge}", "/rooms", "/rooms/{room}", "/events", "/trace/{correlation}",
		"/queues", "/queues/{queue}", "/dead-letters", "/dead-letters/{id}", "/system", "/play/{room}",
	}
}

// base is where the page says what its links start from.
var base = []byte(`<base href="/"`)

func open(from fs.FS, folder string) (*Site, error) {
	page, err := fs.ReadFile(from, folder+"/index.html")
	if err != nil {
		return nil, err
	}
	s := &Site{files: make(map[string]*file)}
	var found bool
	if s.before, s.after, found = bytes.Cut(page, base); !found {
		return nil, fmt.Errorf("console: %s/index.html lacks %s", folder, base)
	}
	return s, fs.WalkDir(from, folder+"/assets", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		s.files[strings.TrimPrefix(path, folder)] = newFile(path, text)
		return err
	})
}

// The policy allows the page's own origin only, its WebSockets included, and
// nothing inline. No other page may frame it: clicks could be led into it.
const policy = "default-src 'self'; base-uri 'self'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements [http.Handler].
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if !strings.HasPrefix(r.URL.Path, "/assets/") {
		newFile("index.html", s.pageAt(r)).serve(w, r)
		return
	}
	f := s.files[r.URL.Path]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	f.serve(w, r)
}

// pageAt is the page whose links start from where the console is. That is told
// as steps up, so that the console works below any path that a proxy takes off,
// without being told of it, and no word of the request gets into the page.
func (s *Site) pageAt(r *http.Request) []byte {
	up := strings.Repeat("../", strings.Count(r.URL.EscapedPath(), "/")-1)
	if up == "" {
		up = "./"
	}
	return slices.Concat(s.before, []byte(`<base href="`+up+`"`), s.after)
}
