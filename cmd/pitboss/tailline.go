package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// tailLine is a frame of the event stream: an event, or a notice, which has no
// number.
type tailLine struct {
	Seq           uint64          `json:"seq"`
	Type          event.Type      `json:"type"`
	Time          time.Time       `json:"time"`
	Room          string          `json:"room"`
	Player        string          `json:"player"`
	CorrelationID string          `json:"correlation_id"`
	Data          json.RawMessage `json:"data"`
}

func (l *tailLine) missed() (m stream.Missed) {
	_ = json.Unmarshal(l.Data, &m) // nothing is known of a notice that cannot be read
	return m
}

// The colours of a terminal.
const (
	plain  = "\x1b[0m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
)

func (l *tailLine) colour() string {
	switch stream.SeverityOf(l.Type) {
	case stream.Error:
		return red
	case stream.Warning:
		return yellow
	}
	return cyan
}

// write prints the line for people.
func (l *tailLine) write(w io.Writer, colour bool) {
	paint := func(how, text string) string {
		if !colour || text == "" {
			return text
		}
		return how + text + plain
	}
	if l.Seq == 0 {
		text := fmt.Sprintf("-- %s %s", printable(string(l.Type)), l.data())
		switch l.Type {
		case "missed":
			m := l.missed()
			text = fmt.Sprintf("-- missed %d events, %d to %d", m.Count, m.From, m.To)
		case "reset":
			text = "-- the server's stream began anew"
		}
		fmt.Fprintln(w, paint(yellow, text))
		return
	}
	place := printable(l.Room)
	if l.Player != "" {
		place = strings.TrimPrefix(place+"/"+printable(l.Player), "/")
	}
	line := fmt.Sprintf("%s %s %s %s %s", paint(dim, l.Time.Local().Format("15:04:05.000")), paint(dim, fmt.Sprintf("%7d", l.Seq)),
		paint(l.colour(), fmt.Sprintf("%-21s", printable(string(l.Type)))), fmt.Sprintf("%-20s", place), l.data())
	line = strings.TrimRight(line, " ")
	if l.CorrelationID != "" {
		line += paint(dim, " ["+printable(l.CorrelationID)+"]")
	}
	fmt.Fprintln(w, line)
}

// data is the event's data as name=value, in the order in which it came.
func (l *tailLine) data() string {
	d := json.NewDecoder(bytes.NewReader(l.Data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return printable(string(l.Data))
	}
	var pairs []string
	for d.More() {
		var value json.RawMessage
		name, err := d.Token()
		if err != nil || d.Decode(&value) != nil {
			break // what could be read is better than nothing
		}
		pairs = append(pairs, fmt.Sprintf("%v=%s", name, oneWord(value)))
	}
	return printable(strings.Join(pairs, " "))
}

// oneWord shows a plain text without its quotes.
func oneWord(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil && text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '"' || r == '\\'
	}) {
		return text
	}
	return string(value)
}

// printable keeps what strangers wrote from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
