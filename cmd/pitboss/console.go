package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss/console"
)

func consoleCommand() *cobra.Command {
	var target, listen string
	c := &cobra.Command{
		Use:   "console --target URL [--listen ADDRESS]",
		Short: "Serve the web console here, for a server that runs elsewhere",
		Long: `Serve the web console on this machine and pass what it asks on to a running
server: for one that is reached through a tunnel, or was built without the
console. The admin token is typed into the console and stays in the browser.

  pitboss console --target https://games.example.org/ops/pitboss`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return serveConsole(c.Context(), target, listen, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&target, "target", "", "`address` of the running server, such as "+defaultURL)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8090", "loopback `address` for the browser; port 0 picks a free one")
	return c
}

// serveConsole serves the console until ctx ends.
func serveConsole(ctx context.Context, target, address string, stdout io.Writer) error {
	var s settings
	if host, _, err := net.SplitHostPort(address); err == nil && !isLoopback(host) {
		s.faults.Add("listen", address, "a loopback address such as 127.0.0.1:8090: whoever reaches this console may do what you may")
	} else {
		s.checkListen(address, "")
	}
	to, err := url.Parse(target)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" || to.User != nil || to.RawQuery != "" {
		s.faults.Add("target", target, "the address of a running server, such as "+defaultURL)
	}
	if err := s.faults.Err(); err != nil {
		return &usageError{err}
	}
	site, err := console.New()
	if err != nil {
		return err
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: consoleHandler(site, to), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if _, err := fmt.Fprintf(stdout, "listening on http://%s, for %s\n", listener.Addr(), target); err != nil {
		return errors.Join(err, server.Close(), <-ended)
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// Followed streams never end by themselves; the browser comes back to
	// whoever serves it next.
	err = server.Close()
	if failed := <-ended; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	return err
}

// consoleHandler serves the pages, and passes on what they ask for.
func consoleHandler(site *console.Site, target *url.URL) http.Handler {
	proxy := &httputil.ReverseProxy{
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			// The page's origin was checked here. To the server it is its own.
			if r.In.Header.Get("Origin") != "" {
				r.Out.Header.Set("Origin", target.Scheme+"://"+target.Host)
			}
			r.Out.Header.Del("Cookie") // of whatever else runs on this machine
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			consoleProblem(w, http.StatusBadGateway, "unreachable", "the server at "+target.Redacted()+" does not answer; is it running there?")
		},
	}
	mux := http.NewServeMux()
	for _, path := range []string{"/api/", "/play", "/metrics", "/healthz", "/readyz", "/debug/"} {
		mux.Handle(path, ownPages(proxy))
	}
	mux.Handle("GET /assets/", site)
	for _, page := range site.Pages() {
		mux.Handle("GET "+page, site)
	}
	return mux
}

// ownPages lets the pages served here through, and programs on this machine. A
// page of another origin, or one whose name was made to point here, could
// otherwise do what the person who opened it may.
func ownPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
		switch {
		case !isLoopback(host):
			consoleProblem(w, http.StatusForbidden, "loopback_only", "this console is for its own machine: open it as 127.0.0.1 or localhost")
		case origin != "" && origin != "http://"+r.Host, site != "" && site != "same-origin" && site != "none":
			consoleProblem(w, http.StatusForbidden, "cross_origin", "pages of other origins may not ask for anything here")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func consoleProblem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = printJSON(w, map[string]any{ // the client has gone: nobody to tell
		"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code, "detail": detail,
	})
}
