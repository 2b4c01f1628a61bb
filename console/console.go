// Package console is the page at / that shows the tables as they play. It is
// static and embedded; what it shows it asks the API for.
package console

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed site
var embedded embed.FS

// Handler serves the page at / and what it loads below /assets/. Nothing in it
// is inline, so that a content security policy of default-src 'self' holds.
func Handler() http.Handler {
	site, _ := fs.Sub(embedded, "site") // fails on a malformed path only
	files := http.FileServerFS(site)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Embedded files have no time to be compared with.
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}
