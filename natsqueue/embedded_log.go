package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// serverLog takes the server's log to slog. The stock logger ends the process
// on a fatal fault; this one remembers the first.
type serverLog struct {
	log   *slog.Logger
	mu    sync.Mutex
	first error
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

func (l *serverLog) say(level slog.Level, text string) {
	l.log.Log(context.Background(), level, "nats server", "message", text)
}

// Fatalf implements the server's logger.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	if l.first == nil {
		l.first = errors.New(text)
	}
	l.mu.Unlock()
	l.say(slog.LevelError, text)
}

// Errorf implements the server's logger.
func (l *serverLog) Errorf(format string, v ...any) {
	l.say(slog.LevelError, fmt.Sprintf(format, v...))
}

// Warnf implements the server's logger.
func (l *serverLog) Warnf(format string, v ...any) {
	l.say(slog.LevelWarn, fmt.Sprintf(format, v...))
}

// Noticef implements the server's logger; what it says at each start is of no
// interest.
func (l *serverLog) Noticef(format string, v ...any) {
	l.say(slog.LevelDebug, fmt.Sprintf(format, v...))
}

// Debugf implements the server's logger.
func (*serverLog) Debugf(string, ...any) {}

// Tracef implements the server's logger.
func (*serverLog) Tracef(string, ...any) {}
