package console_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/console"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	console.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	return w
}

// What the page loads is there, of the right type, and relative, so that the
// page works below a path too.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	page := get(t, "/")
	if page.Code != http.StatusOK || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", page.Code, page.Header())
	}
	loaded := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
	found := 0
	for _, l := range loaded {
		for suffix, kind := range kinds {
			if !strings.HasSuffix(l[1], suffix) {
				continue
			}
			found++
			asset := get(t, "/"+l[1])
			if asset.Code != http.StatusOK || !strings.HasPrefix(asset.Header().Get("Content-Type"), kind) {
				t.Errorf("%s: %d %v", l[1], asset.Code, asset.Header())
			}
		}
		if strings.HasPrefix(l[1], "/") || strings.Contains(l[1], "://") {
			t.Errorf("%s is not relative", l[1])
		}
	}
	if found != len(kinds) {
		t.Errorf("the page loads %d of %d kinds of assets", found, len(kinds))
	}
	if missing := get(t, "/assets/none.js"); missing.Code != http.StatusNotFound {
		t.Errorf("a missing asset: %d", missing.Code)
	}
}

// A content security policy of default-src 'self' blocks whatever is inline.
func TestNothingIsInline(t *testing.T) {
	t.Parallel()
	page := get(t, "/").Body.String()
	for _, inline := range []string{`<script>`, `<style`, ` style="`, ` onclick=`, `javascript:`} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %s", inline)
		}
	}
}
