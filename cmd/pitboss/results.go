package main

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	"github.com/pitboss-dev/pitboss/event"
)

// result is one line of the results file.
type result struct {
	N       int     `json:"n"`
	Room    string  `json:"room"`
	Game    string  `json:"game"`
	Winners []int   `json:"winners"`
	Scores  []int   `json:"scores"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
}

func (l *result) of(r *event.Result) {
	l.Winners, l.Scores, l.Rounds, l.Seconds = r.Winners, r.Scores, r.Rounds, r.DurationSeconds
}

// results appends lines to a file. The nil results writes nothing. It is safe
// for concurrent use.
type results struct {
	mu   sync.Mutex
	file *os.File
}

func openResults(path string) (*results, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return &results{file: f}, nil
}

// write adds a line. Lines reach the file whole and at once, so that it can be
// followed and a kill leaves none in halves.
func (r *results) write(_ context.Context, line result) error {
	if r == nil {
		return nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.file.Write(append(text, '\n'))
	return err
}

func (r *results) close() error {
	if r == nil {
		return nil
	}
	return r.file.Close()
}
