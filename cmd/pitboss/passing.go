package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/shares"
)

// passing hands requests about a room on to the process that has it, WebSockets
// too, so that clients may come to any process.
type passing struct {
	division *division
	guarded  bool // by a token: then clients may be on other machines
	proxy    *httputil.ReverseProxy
	base     *http.Transport
}

// passedHeader says that a request was passed on already. It is passed on once:
// two processes that take each other for the owner would do it for ever.
const passedHeader = "Pitboss-Passed"

func newPassing(d *division, guarded bool, log *slog.Logger) *passing {
	p := &passing{division: d, guarded: guarded, base: &http.Transport{MaxIdleConnsPerHost: 64}}
	p.proxy = &httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		ModifyResponse: once,
		ErrorHandler:   ownerAway,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Transport:      p.base,
	}
	return p
}

// close ends the connections that are kept for the next request.
func (p *passing) close() {
	if p != nil {
		p.base.CloseIdleConnections()
	}
}

// around passes on what concerns rooms of other processes. What is between
// owners is answered here, by saying so.
func (p *passing) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if listsRooms(r) {
			p.list(w, r, next)
			return
		}
		if owner := p.owner(r); owner != nil {
			ctx := context.WithValue(r.Context(), ownerKey{}, owner)
			p.proxy.ServeHTTP(w, r.WithContext(context.WithValue(ctx, headersKey{}, maps.Clone(w.Header()))))
			return
		}
		next.ServeHTTP(w, r)
	})
}

type (
	ownerKey   struct{}
	headersKey struct{}
)

// owner is where a request has to be answered; nil: here.
func (p *passing) owner(r *http.Request) *url.URL {
	if r.Header.Get(passedHeader) != "" {
		return nil
	}
	room, named := roomOf(r)
	if named && room != "" {
		return p.division.ownerOf(room)
	}
	if named && len(p.division.all()) == 0 { // a new room, whose name its owner chooses
		return p.division.anybody()
	}
	return nil
}

// ownerOf is the address of the process that has a room, or nil if that is this
// one, or nobody.
func (d *division) ownerOf(room string) *url.URL {
	roll := d.roll.Load()
	if d.holds(room) || roll == nil {
		return nil
	}
	return d.other(func(m *natsqueue.Member) bool { return m.ID == roll.Shares[shares.Of(room)].Holder })
}

// anybody is the address of a process that has rooms, or nil.
func (d *division) anybody() *url.URL {
	roll := d.roll.Load()
	if roll == nil {
		return nil
	}
	held := holders(roll)
	return d.other(func(m *natsqueue.Member) bool { return held.Of(m.ID) > 0 })
}

// other is the address of another process.
func (d *division) other(wanted func(m *natsqueue.Member) bool) *url.URL {
	self, roll := d.member.Load(), d.roll.Load()
	if self == nil {
		return nil
	}
	for i := range roll.Members {
		m := &roll.Members[i]
		if m.ID == self.ID() || !wanted(m) {
			continue
		}
		if u, err := url.Parse(m.Address); err == nil && u.Host != "" {
			return u
		}
	}
	return nil
}

// roomOf is the room that a request is about. A room that is to be opened may
// have no name yet.
func roomOf(r *http.Request) (room string, named bool) {
	path := r.URL.Path
	switch path {
	case "/play":
		return r.URL.Query().Get("room"), r.Header.Get("Upgrade") != "" // pages have no room
	case "/api/v1/rooms":
		return roomWanted(r), r.Method == http.MethodPost
	}
	for _, prefix := range []string{"/api/v1/rooms/", "/api/v1/visualization/rooms/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			room, _, _ = strings.Cut(rest, "/")
			return room, room != ""
		}
	}
	return "", false
}

// longestRequest is more than any request for a room that is well-formed.
const longestRequest = 8 << 10

// roomWanted reads the name that a room is to have, and leaves the request as it
// was. What is malformed is for whoever answers it.
func roomWanted(r *http.Request) string {
	if r.Method != http.MethodPost || r.Body == nil {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(r.Body, longestRequest)) // the fault comes again
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), r.Body), r.Body}
	var wanted struct {
		Room string `json:"room"`
	}
	if json.Unmarshal(text, &wanted) != nil {
		return ""
	}
	return wanted.Room
}

// rewrite keeps the host, by which the owner knows pages of other origins. Where
// clients may be on other machines it says that they are not on this one, for
// the owner takes what comes from its own machine for its administrator's.
func (p *passing) rewrite(r *httputil.ProxyRequest) {
	owner, _ := r.In.Context().Value(ownerKey{}).(*url.URL)
	r.SetURL(owner)
	r.Out.Host = r.In.Host
	r.Out.Header.Set(passedHeader, "1")
	r.Out.Header.Set(correlation.Header, correlation.From(r.In.Context()))
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
	if p.guarded {
		r.SetXForwarded()
	}
}

// once drops the headers that this process has set already.
func once(response *http.Response) error {
	set, _ := response.Request.Context().Value(headersKey{}).(http.Header)
	for name := range set {
		response.Header.Del(name)
	}
	return nil
}

// ownerAway answers while the owner cannot be reached: soon there is another.
func ownerAway(w http.ResponseWriter, r *http.Request, _ error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintf(w, `{"type":"about:blank","title":"Service Unavailable","status":503,"code":"owner_away",`+
		`"detail":"the process that has the room does not answer; another takes over within seconds","correlation_id":%q}`+"\n",
		correlation.From(r.Context()))
}
