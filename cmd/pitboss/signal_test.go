package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// built builds the command.
func built(t *testing.T) (binary string) {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// folder is that of the binary, which all tests share.
var folder string

var build = sync.OnceValues(func() (binary string, err error) {
	if folder, err = os.MkdirTemp("", "pitboss-test-"); err != nil {
		return "", err
	}
	binary = filepath.Join(folder, "pitboss")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

// started starts serve as a process of its own and waits until it listens.
func started(t *testing.T, binary string, args ...string) (p *exec.Cmd, url string) {
	t.Helper()
	return startedFor(t, limit, binary, args...)
}

// startedFor is started for a process that may take longer.
func startedFor(t *testing.T, atMost time.Duration, binary string, args ...string) (p *exec.Cmd, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	t.Cleanup(cancel)
	p = exec.CommandContext(ctx, binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error"}, args...)...)
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return p, strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

func exitOf(t *testing.T, p *exec.Cmd) int {
	t.Helper()
	err := p.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func TestSignalDrains(t *testing.T) {
	t.Parallel()
	p, _ := started(t, built(t), "--store", "memory", "--tables", "3")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, p); code != exitOK {
		t.Errorf("exit %d, want 0", code)
	}
}

func TestSecondSignalExitsAtOnce(t *testing.T) {
	t.Parallel()
	p, url := started(t, built(t), "--store", "memory", "--tables", "3")
	// A client that never answers the close frame holds the drain up.
	room := createRoom(t, url, `{"game":"liaptui"}`)
	ws, _, err := websocket.Dial(t.Context(), url+"/play?room="+room+"&player=mute", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it is draining
		status, body := get(t, url+"/readyz")
		if status == http.StatusServiceUnavailable && strings.Contains(body, "draining") {
			break
		}
	}
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, p); code != exitFailure {
		t.Errorf("exit %d, want %d: it did not wait", code, exitFailure)
	}
	http.DefaultClient.CloseIdleConnections()
}
