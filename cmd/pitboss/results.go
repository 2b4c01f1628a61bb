package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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
	file resultsFile
	torn bool // the last line has no end: a full disk has cut it off
}

type resultsFile interface {
	io.ReadWriteSeeker
	io.Closer
}

func openResults(path string) (*results, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	torn, err := unfinished(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &results{file: f, torn: torn}, nil
}

// unfinished says whether the last line of a file has no end. What cannot be read
// again, such as a pipe, is taken as it is.
func unfinished(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return last[0] != '\n', err
}

// write adds a line. Lines reach the file whole and at once, so that it can be
// followed and a kill leaves none in halves. Where a full disk has left one so,
// the next begins a new line.
func (r *results) write(_ context.Context, line result) error {
	if r == nil {
		return nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.torn {
		text = append([]byte{'\n'}, text...)
	}
	n, err := r.file.Write(text)
	r.torn = err != nil && (r.torn || n > 0)
	return err
}

func (r *results) close() error {
	if r == nil {
		return nil
	}
	return r.file.Close()
}
