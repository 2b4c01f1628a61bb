package natsqueue_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

// The variable that makes the test binary the process to be killed, and the one
// that says how often.
const (
	crashFolder = "PITBOSS_CRASH_FOLDER"
	crashCycles = "PITBOSS_CRASH_CYCLES"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashFolder); folder != "" {
		fmt.Fprintln(os.Stderr, crashing(folder))
		os.Exit(1)
	}
	if folder := os.Getenv(powerFolder); folder != "" {
		fmt.Fprintln(os.Stderr, powered(folder))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// crashing writes and reads a queue until it is killed, and tells on standard
// output what was acknowledged (+) and what is about to be ended (-).
func crashing(folder string) error {
	ctx := context.Background()
	e, err := natsqueue.Start(ctx, natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
	if err != nil {
		return err
	}
	s, err := natsqueue.Open(ctx, natsqueue.Config{Embedded: e, Log: quiet})
	if err != nil {
		return err
	}
	c := config{CompactBytes: 256 << 10}
	c.Name = "crash"
	q, err := natsqueue.OpenQueue(ctx, s, c)
	if err != nil {
		return err
	}
	faults := make(chan error)
	for producer := range 4 {
		go func() {
			for i := 0; ; i++ {
				payload := fmt.Sprintf("%d-%d-%d", os.Getpid(), producer, i)
				if _, err := q.Enqueue(ctx, pitboss.Message[string]{Payload: payload}); err != nil {
					faults <- err
					return
				}
				fmt.Println("+" + payload)
			}
		}()
	}
	go func() {
		for i := 0; ; i++ {
			d, err := q.Dequeue(ctx)
			if err == nil && i%50 > 0 { // the rest stays in flight
				fmt.Println("-" + d.Payload) // before, because the end may outlive who would tell of it
				err = d.Ack()
			}
			if err != nil {
				faults <- err
				return
			}
		}
	}()
	return <-faults
}

// A process is killed at random moments, and the ledger is kept by another: what
// was acknowledged and not ended must be there at the end, and nothing that was
// never put in.
func TestKillLosesNothing(t *testing.T) {
	cycles := 20
	if text := os.Getenv(crashCycles); text != "" {
		cycles, _ = strconv.Atoi(text)
	}
	folder := t.TempDir()
	accepted, ended := map[string]bool{}, map[string]bool{}
	for range cycles {
		killed(t, folder, 20+rand.IntN(400), func(line string) {
			switch line[0] {
			case '+':
				accepted[line[1:]] = true
			case '-':
				ended[line[1:]] = true
			}
		})
	}
	if len(accepted) < cycles || len(ended) < cycles {
		t.Fatalf("%d messages accepted, %d ended in %d cycles", len(accepted), len(ended), cycles)
	}
	s := opened(t, started(t, natsqueue.EmbeddedConfig{Folder: folder}))
	c := config{}
	c.Name = "crash"
	left, again := map[string]bool{}, 0
	for payload := range payloads(openQueue(t, s, c)) {
		if left[payload] {
			t.Errorf("%s is there twice", payload)
		}
		left[payload] = true
		if ended[payload] {
			again++
		}
	}
	lost := 0
	for payload := range accepted {
		if !ended[payload] && !left[payload] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d messages lost", lost, len(accepted))
	}
	t.Logf("%d cycles: %d accepted, %d ended, %d left, %d of them to be delivered again", cycles, len(accepted), len(ended), len(left), again)
}

// killed runs the process, kills it after so many lines and a moment, and hands
// over all that it told.
func killed(t *testing.T, folder string, lines int, tell func(line string)) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), crashFolder+"="+folder)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill := func() { once.Do(func() { _ = command.Process.Kill() }) } // it may have ended by itself, which Wait tells
	latest := time.AfterFunc(patience, kill)
	defer latest.Stop()
	n := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if n++; n == lines {
			time.AfterFunc(time.Duration(rand.IntN(50))*time.Millisecond, kill)
		}
		if text := scanner.Text(); len(text) > 1 {
			tell(text)
		}
	}
	if err := command.Wait(); err == nil || command.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v", err)
	}
	if n < lines {
		t.Fatalf("%d lines within %v", n, patience)
	}
}
