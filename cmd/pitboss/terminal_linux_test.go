package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal with a screen, as a person has one.
type terminal struct {
	t     *testing.T
	keys  *os.File
	ended chan error

	mu     sync.Mutex
	screen *vt.Emulator
}

// Write shows what the program writes.
func (term *terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.Write(p)
}

func (term *terminal) lines() []string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return strings.Split(term.screen.String(), "\n")
}

// openTerminal runs a program in a terminal of so many columns and lines.
func openTerminal(t *testing.T, width, height int, program string, args ...string) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(keys.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(height), Col: uint16(width)})
	}
	if err != nil {
		t.Fatal(err)
	}
	shell, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = shell, shell, shell
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = shell.Close() // the program has its own
	term := &terminal{t: t, keys: keys, screen: vt.NewEmulator(width, height), ended: make(chan error, 1)}
	read, answered := make(chan struct{}), make(chan struct{})
	go func() { // what the program shows; its end ends the reading
		defer close(read)
		_, _ = io.Copy(term, keys)
	}()
	go func() { // what the terminal answers to the program's questions
		defer close(answered)
		_, _ = io.Copy(keys, term.screen)
	}()
	go func() { term.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-read
		_ = term.screen.InputPipe().(io.Closer).Close() // ends the answers; Close would race with them
		<-answered
		_ = keys.Close()
	})
	return term
}

// until waits until the screen is as it should be, and returns its lines.
func (term *terminal) until(what string, met func(lines []string) bool) []string {
	term.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for {
		lines := term.lines()
		if met(lines) {
			return lines
		}
		if time.Since(begin) > limit {
			term.t.Fatalf("%s: not within %v; the screen is\n%s", what, limit, strings.Join(lines, "\n"))
		}
		<-tick.C
	}
}

func (term *terminal) press(key string) {
	term.t.Helper()
	if _, err := term.keys.WriteString(key); err != nil {
		term.t.Fatal(err)
	}
}

func holds(texts ...string) func([]string) bool {
	return func(lines []string) bool {
		screen := strings.Join(lines, "\n")
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(screen, text) })
	}
}

// roomsTold is how many rooms the head of the screen says there are.
func roomsTold(lines []string) (n int) {
	for _, line := range lines {
		if _, err := fmt.Sscanf(line, "rooms %d", &n); err == nil {
			return n
		}
	}
	return 0
}

// roomsShown are the lines that tell of one room each.
func roomsShown(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.Contains(line, tablePrefix) })
}

// pitboss top fits the terminal that it is in, fills it, is worked by keys, and
// leaves it as it was.
func TestTopInATerminal(t *testing.T) {
	t.Parallel()
	binary := built(t)
	server := serveHere(t, "--tables", "60", "--pace", "50ms")
	for _, size := range []struct{ width, height, rooms int }{{80, 24, 3}, {200, 50, 25}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			term := openTerminal(t, size.width, size.height, binary, "top", "--url", server.url)
			// Games end and others begin meanwhile, so that nothing is counted exactly;
			// and what is drawn arrives in pieces.
			lines := term.until("games, and all that is told of them", func(lines []string) bool {
				return roomsTold(lines) >= 60 && len(roomsShown(lines)) >= size.rooms &&
					holds("STATE", "TURN", "commands", "ROOM", "q quit")(lines)
			})
			if len(lines) > size.height {
				t.Errorf("%d lines in\n%s", len(lines), strings.Join(lines, "\n"))
			}
			for i, line := range lines {
				if n := len([]rune(strings.TrimRight(line, " "))); n > size.width {
					t.Errorf("line %d is %d columns wide: %q", i, n, line)
				}
			}
			term.press("p")
			term.until("a pause", holds("PAUSED"))
			term.press("pj")
			term.until("no pause", holds("q quit"))
			term.press("q")
			if err := <-term.ended; err != nil {
				t.Errorf("top ended with %v", err)
			}
			term.until("the terminal as it was", func(lines []string) bool { return len(roomsShown(lines)) == 0 })
		})
	}
}
