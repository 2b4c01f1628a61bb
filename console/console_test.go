package console //nolint:testpackage // both sites are tried, whichever is embedded

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func plain(t *testing.T) *Site {
	t.Helper()
	site, err := open(placeholder, "placeholder")
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// asBuilt is a site such as the build makes.
func asBuilt(t *testing.T) *Site {
	t.Helper()
	site, err := open(fstest.MapFS{
		"dist/index.html":               {Data: []byte(`<head><base href="/" /><script src="./assets/index-Ca1rJ0s4.js"></script></head>`)},
		"dist/assets/index-Ca1rJ0s4.js": {Data: []byte(strings.Repeat("go();", 1000))},
		"dist/assets/icon.svg":          {Data: []byte("<svg/>")},
	}, "dist")
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func get(t *testing.T, site http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEmbeddedSiteOpens(t *testing.T) {
	t.Parallel()
	site, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if page := get(t, site, "/"); page.StatusCode != http.StatusOK {
		t.Errorf("%d, built %v", page.StatusCode, site.Built())
	}
}

// What the page loads is there, of the right type, and relative, so that the
// page works below a path too.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	site := plain(t)
	page := get(t, site, "/")
	if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", page.StatusCode, page.Header)
	}
	loaded := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(body(t, page), -1)
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
	found := 0
	for _, l := range loaded {
		for suffix, kind := range kinds {
			if !strings.HasSuffix(l[1], suffix) {
				continue
			}
			found++
			asset := get(t, site, "/"+l[1])
			if asset.StatusCode != http.StatusOK || !strings.HasPrefix(asset.Header.Get("Content-Type"), kind) {
				t.Errorf("%s: %d %v", l[1], asset.StatusCode, asset.Header)
			}
		}
		if strings.HasPrefix(l[1], "/") || strings.Contains(l[1], "://") {
			t.Errorf("%s is not relative", l[1])
		}
	}
	if found != len(kinds) {
		t.Errorf("the page loads %d of %d kinds of assets", found, len(kinds))
	}
	if missing := get(t, site, "/assets/none.js"); missing.StatusCode != http.StatusNotFound {
		t.Errorf("a missing asset: %d", missing.StatusCode)
	}
}

// A content security policy of default-src 'self' blocks whatever is inline.
func TestNothingIsInline(t *testing.T) {
	t.Parallel()
	page := body(t, get(t, plain(t), "/"))
	for _, inline := range []string{`<script>`, `<style`, ` style="`, ` onclick=`, `javascript:`} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %s", inline)
		}
	}
}

// Links start from where the console is, however deep the page that was asked
// for, and below whatever path a proxy has put it.
func TestLinksStartFromTheConsole(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                         "/assets/x.js",
		"/rooms":                    "/assets/x.js",
		"/rooms/r1":                 "/assets/x.js",
		"/rooms/a%2Fb?at=3":         "/assets/x.js",
		"/edges/TURN~TURN_RESULTS":  "/assets/x.js",
		"/rooms/%22%3E%3Cscript%3E": "/assets/x.js",
	} {
		page := body(t, get(t, asBuilt(t), path))
		base := regexp.MustCompile(`<base href="([./]+)" />`).FindStringSubmatch(page)
		if base == nil {
			t.Fatalf("%s: %s", path, page)
		}
		for _, prefix := range []string{"", "/ops/pitboss"} {
			from, err := url.Parse("http://host" + prefix + path)
			if err != nil {
				t.Fatal(err)
			}
			if got := from.ResolveReference(&url.URL{Path: base[1] + "assets/x.js"}).Path; got != prefix+want {
				t.Errorf("%s: links lead to %s", from, got)
			}
		}
	}
}

func TestCaching(t *testing.T) {
	t.Parallel()
	site := asBuilt(t)
	for path, want := range map[string]string{
		"/":                         "no-cache",
		"/assets/icon.svg":          "no-cache",
		"/assets/index-Ca1rJ0s4.js": "public, max-age=31536000, immutable",
	} {
		answer := get(t, site, path)
		if got := answer.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %s", path, got)
		}
		again := get(t, site, path, "If-None-Match", answer.Header.Get("Etag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d for a page that the browser has", path, again.StatusCode)
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	site := asBuilt(t)
	const path = "/assets/index-Ca1rJ0s4.js"
	for accepted, zipped := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "identity": false,
	} {
		answer := get(t, site, path, "Accept-Encoding", accepted)
		if got := answer.Header.Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("%q: compressed %v", accepted, got)
			continue
		}
		text := body(t, answer)
		if zipped {
			r, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			text = string(whole)
		}
		if text != strings.Repeat("go();", 1000) {
			t.Errorf("%q: %d bytes of another text", accepted, len(text))
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	h := get(t, asBuilt(t), "/rooms").Header
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'",
		"X-Frame-Options":         "DENY",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
	} {
		if got := h.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
