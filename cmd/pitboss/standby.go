package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// standby answers while another process has the rooms: it passes requests and
// WebSockets on, so that clients may come to any process.
type standby struct {
	owner   atomic.Pointer[url.URL]
	guarded bool // by a token: then clients may be on other machines
	server  *http.Server
	once    sync.Once
	lent    *lentListener
	ended   chan struct{}
}

func newStandby(guarded bool, log *slog.Logger) *standby {
	b := &standby{guarded: guarded}
	proxy := &httputil.ReverseProxy{
		Rewrite:      b.rewrite,
		ErrorHandler: ownerAway,
		ErrorLog:     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"status":"ok","role":"standby"}`)
	})
	mux.Handle("/", proxy)
	b.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return b
}

// follow names the owner from now on.
func (b *standby) follow(owner string) {
	if u, err := url.Parse(owner); err == nil && u.Host != "" {
		b.owner.Store(u)
	}
}

// rewrite keeps the host, by which the owner knows pages of other origins. Where
// clients may be on other machines it says that they are not on this one, for
// the owner takes what comes from its own machine for its administrator's.
func (b *standby) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(b.owner.Load())
	r.Out.Host = r.In.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
	if b.guarded {
		r.SetXForwarded()
	}
}

// ownerAway answers while the owner cannot be reached: soon there is another.
func ownerAway(w http.ResponseWriter, _ *http.Request, _ error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintln(w, `{"type":"about:blank","title":"Service Unavailable","status":503,"code":"owner_away",`+
		`"detail":"the process that has the rooms does not answer; another takes over within seconds"}`)
}

// start serves what comes to the listener, once.
func (b *standby) start(listener net.Listener) {
	b.once.Do(func() {
		b.lent, b.ended = &lentListener{Listener: listener, back: make(chan struct{})}, make(chan struct{})
		go func() {
			defer close(b.ended)
			_ = b.server.Serve(b.lent) // ErrServerClosed, or the listener's end, which its owner finds
		}()
	})
}

// stop gives the listener back, and a moment to requests that are under way.
func (b *standby) stop() {
	b.once.Do(func() {})
	if b.ended == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if b.server.Shutdown(ctx) != nil {
		_ = b.server.Close() // they were cut off, as at the end of any process
	}
	<-b.ended
	b.lent.giveBack()
}

// lentListener stays open when who borrowed it closes it, so that no client is
// refused between two servers.
type lentListener struct {
	net.Listener
	back chan struct{}
	once sync.Once
}

type deadliner interface{ SetDeadline(t time.Time) error }

// Close has Accept return.
func (l *lentListener) Close() error {
	l.once.Do(func() { close(l.back) })
	if d, ok := l.Listener.(deadliner); ok {
		return d.SetDeadline(time.Unix(1, 0))
	}
	return nil
}

// Accept implements [net.Listener].
func (l *lentListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	select {
	case <-l.back:
		if err != nil {
			return nil, errors.Join(net.ErrClosed, err)
		}
	default:
	}
	return conn, err
}

func (l *lentListener) giveBack() {
	if d, ok := l.Listener.(deadliner); ok {
		_ = d.SetDeadline(time.Time{}) // what fails here fails in Accept, too
	}
}
