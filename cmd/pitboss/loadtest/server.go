package loadtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// server is the one under test.
type server struct{ url, token string }

// where is the address for people to read, without a password.
func (s *server) where() string {
	base, err := url.Parse(s.url)
	if err != nil {
		return "the server"
	}
	return base.Redacted()
}

// answerLimit is the longest answer that is read, in bytes.
const answerLimit = 1 << 20

// open makes a room and returns its ID.
func (s *server) open(ctx context.Context, bots int) (string, error) {
	body := strings.NewReader(fmt.Sprintf(`{"game":"liaptui","bots":%d}`, bots))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/v1/rooms", body)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return "", fmt.Errorf("no answer from %s: %w; is it running there, or elsewhere (--url)?", s.where(), err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return "", fmt.Errorf("open a room: %w", err)
	}
	var answer struct{ Room, Detail string }
	if err := json.Unmarshal(text, &answer); err != nil || response.StatusCode != http.StatusCreated {
		hint := ""
		if response.StatusCode == http.StatusUnauthorized {
			hint = " (--admin-token, or PITBOSS_ADMIN_TOKEN)"
		}
		return "", fmt.Errorf("open a room: %s: %s%s", response.Status, answer.Detail, hint)
	}
	return answer.Room, nil
}

func (s *server) dial(ctx context.Context, room, player string) (*websocket.Conn, error) {
	query := url.Values{"room": {room}, "player": {player}}
	conn, response, err := websocket.Dial(ctx, s.url+"/play?"+query.Encode(), nil)
	if response != nil && response.Body != nil {
		_ = response.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("enter: %w", err)
	}
	conn.SetReadLimit(answerLimit)
	return conn, nil
}
