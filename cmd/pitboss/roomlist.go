package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss/natsqueue"
)

// roomPage is a page of the list of rooms, of one node or of all.
type roomPage struct {
	Rooms []listedRoom `json:"rooms"`
	Total int          `json:"total"`
	Next  string       `json:"next,omitempty"`
	// Silent are the nodes that did not answer: theirs are missing.
	Silent []string `json:"silent,omitempty"`
}

// listedRoom is a room as its node describes it, and where that is.
type listedRoom struct {
	name string
	text json.RawMessage
	node string
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *listedRoom) UnmarshalJSON(text []byte) error {
	var named struct {
		Room string `json:"room"`
	}
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	l.name, l.text = named.Room, bytes.Clone(text)
	return nil
}

// MarshalJSON implements [json.Marshaler].
func (l listedRoom) MarshalJSON() ([]byte, error) {
	node, err := json.Marshal(l.node)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `%s,"node":%s}`, bytes.TrimSuffix(l.text, []byte("}")), node), nil
}

// listTimeout is how long other nodes may take to list their rooms.
const listTimeout = 2 * time.Second

// listsRooms says whether a request wants the list of rooms of all nodes.
func listsRooms(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/api/v1/rooms" && r.Header.Get(passedHeader) == ""
}

// list answers with the rooms of all nodes. What is wrong with the request this
// node says as it would for its own.
func (p *passing) list(w http.ResponseWriter, r *http.Request, next http.Handler) {
	own := &heldResponse{header: w.Header(), status: http.StatusOK}
	next.ServeHTTP(own, r)
	var page roomPage
	if own.status != http.StatusOK || json.Unmarshal(own.body.Bytes(), &page) != nil {
		w.WriteHeader(own.status)
		_, _ = w.Write(own.body.Bytes()) // the client has gone: nobody to tell
		return
	}
	page.at(p.division.address)
	p.addOthers(r, &page)
	page.cut(r.URL.Query().Get("limit"))
	w.Header().Del("Content-Length")
	w.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(w).Encode(page) // likewise
}

// addOthers asks all other nodes at a time.
func (p *passing) addOthers(r *http.Request, page *roomPage) {
	ctx, cancel := context.WithTimeout(r.Context(), listTimeout)
	defer cancel()
	var asking sync.WaitGroup
	var mu sync.Mutex
	for _, m := range p.division.others() {
		asking.Go(func() {
			theirs, err := p.ask(ctx, m.Address, r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				page.Silent = append(page.Silent, m.Address)
				return
			}
			page.Rooms = append(page.Rooms, theirs.Rooms...)
			page.Total += theirs.Total
			page.Next = cmp.Or(page.Next, theirs.Next)
		})
	}
	asking.Wait()
	slices.Sort(page.Silent)
}

// ask gets one node's page.
func (p *passing) ask(ctx context.Context, address string, r *http.Request) (*roomPage, error) {
	to := address + "/api/v1/rooms?" + r.URL.RawQuery
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to, http.NoBody) //nolint:gosec // the address is a member's, as it says itself; the client chooses filters only
	if err != nil {
		return nil, err
	}
	request.Header.Set(passedHeader, "1")
	response, err := p.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, response.Status)
	}
	page := new(roomPage)
	if err := json.NewDecoder(response.Body).Decode(page); err != nil {
		return nil, err
	}
	page.at(address)
	return page, nil
}

func (l *roomPage) at(address string) {
	for i := range l.Rooms {
		l.Rooms[i].node = address
	}
}

// standardRooms is how many rooms a page has where nobody says.
const standardRooms = 200

// cut makes one page of those of all nodes. A room that changed hands meanwhile
// may be in two of them.
func (l *roomPage) cut(limit string) {
	slices.SortStableFunc(l.Rooms, func(a, b listedRoom) int { return cmp.Compare(a.name, b.name) })
	l.Rooms = slices.CompactFunc(l.Rooms, func(a, b listedRoom) bool { return a.name == b.name })
	most, err := strconv.Atoi(limit)
	if err != nil {
		most = standardRooms
	}
	if len(l.Rooms) > most {
		l.Rooms = l.Rooms[:most]
		l.Next = l.Rooms[most-1].name
	}
	if l.Next != "" && len(l.Rooms) > 0 {
		l.Next = l.Rooms[len(l.Rooms)-1].name
	}
}

// others are the members that live, but for this one.
func (d *division) others() (members []natsqueue.Member) {
	self, roll := d.member.Load(), d.roll.Load()
	if self == nil || roll == nil {
		return nil
	}
	for _, m := range roll.Members {
		if m.ID != self.ID() {
			members = append(members, m)
		}
	}
	return members
}

// heldResponse is an answer that is not sent yet.
type heldResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldResponse) Header() http.Header         { return h.header }
func (h *heldResponse) WriteHeader(status int)      { h.status = status }
func (h *heldResponse) Write(b []byte) (int, error) { return h.body.Write(b) }
