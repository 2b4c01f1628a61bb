package powercut_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pitboss-dev/pitboss/natsqueue/internal/powercut"
)

// The variables that make the test binary the process that is cut off.
const (
	stepsIn = "POWERCUT_STEPS_IN"
	steps   = "POWERCUT_STEPS"
)

func TestMain(m *testing.M) {
	folder := os.Getenv(stepsIn)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := take(folder, strings.Fields(os.Getenv(steps))); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("done")
	never := make(chan os.Signal, 1)
	signal.Notify(never, syscall.SIGUSR1)
	<-never // it is killed
}

// take does one step after the other; each is a verb, then its arguments, parted
// by colons.
func take(folder string, steps []string) error {
	files := map[string]*os.File{}
	for _, step := range steps {
		args := strings.Split(step, ":")
		at := func(i int) string { return filepath.Join(folder, args[i]) }
		open := func(flags int) (err error) {
			files[args[1]], err = os.OpenFile(at(1), os.O_RDWR|os.O_CREATE|flags, 0o600)
			return err
		}
		var err error
		switch args[0] {
		case "open":
			err = open(0)
		case "anew":
			err = open(os.O_TRUNC)
		case "always":
			err = open(os.O_SYNC)
		case "write":
			_, err = files[args[1]].WriteString(args[2])
		case "over":
			_, err = files[args[1]].WriteAt([]byte(args[2]), 0)
		case "cut":
			err = files[args[1]].Truncate(1)
		case "sync":
			err = files[args[1]].Sync()
		case "close":
			err = files[args[1]].Close()
		case "rename":
			err = os.Rename(at(1), at(2))
		case "remove":
			err = os.RemoveAll(at(1))
		case "mkdir":
			err = os.Mkdir(at(1), 0o700)
		case "append":
			err = open(os.O_APPEND)
		case "link":
			err = os.Link(at(1), at(2))
		case "folder":
			var f *os.File
			if f, err = os.Open(at(1)); err == nil {
				err = f.Sync()
			}
		default:
			err = fmt.Errorf("no such step")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

// run takes the steps in a folder and kills who took them.
func run(t *testing.T, folder, text string, lies func(string) bool) (*powercut.Disk, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := powercut.Start(powercut.Command{
		Folder: folder, Args: os.Args[:1], Env: append(os.Environ(), stepsIn+"="+folder, steps+"="+text), Stdout: w, Lies: lies,
	})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(r).ReadString('\n')
	p.Kill()
	if said != "done\n" && said != "" {
		t.Errorf("the process said %q", said)
	}
	return p.Wait()
}

// tree is what a folder holds, as name=content.
func tree(t *testing.T, folder string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		switch {
		case err != nil || name == ".":
			return err
		case entry.IsDir():
			all = append(all, name+"/")
			return nil
		}
		text, err := os.ReadFile(path)
		all = append(all, name+"="+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Of each run of steps, what a power failure leaves at the least. Before them
// there is a file old, with "was", and an empty folder sub.
func TestLost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ steps, want string }{
		{"", "old=was sub/"},
		{"open:new write:new:text", "old=was sub/"},
		{"open:new write:new:text sync:new", "old=was sub/"}, // its name is not
		{"open:new write:new:text folder:.", "new= old=was sub/"},
		{"open:new write:new:text sync:new folder:.", "new=text old=was sub/"},
		{"open:new write:new:text folder:. sync:new write:new:more", "new=text old=was sub/"},
		{"open:new folder:. write:new:one write:new:two sync:new", "new=onetwo old=was sub/"},
		{"always:new folder:. write:new:text", "new=text old=was sub/"},
		{"open:old over:old:is", "old=was sub/"},
		{"open:old over:old:is sync:old", "old=iss sub/"},
		{"open:old cut:old", "old=was sub/"},
		{"open:old cut:old sync:old", "old=w sub/"},
		{"anew:old write:old:x", "old=was sub/"},
		{"anew:old write:old:x sync:old", "old=x sub/"},
		{"rename:old:new", "old=was sub/"},
		{"rename:old:new folder:.", "new=was sub/"},
		{"open:tmp write:tmp:is sync:tmp rename:tmp:old", "old=was sub/"},
		{"open:tmp write:tmp:is sync:tmp rename:tmp:old folder:.", "old=is sub/"},
		{"open:tmp write:tmp:is rename:tmp:old folder:.", "old= sub/"}, // the classic
		{"remove:old", "old=was sub/"},
		{"remove:old folder:.", "sub/"},
		{"open:sub/a write:sub/a:x sync:sub/a folder:sub", "old=was sub/ sub/a=x"},
		{"mkdir:deep open:deep/a write:deep/a:x sync:deep/a folder:deep", "old=was sub/"},
		{"mkdir:deep open:deep/a write:deep/a:x sync:deep/a folder:deep folder:.", "deep/ deep/a=x old=was sub/"},
		{"open:sub/a folder:sub remove:sub folder:.", "old=was"},
		{"open:old close:old open:new folder:. write:new:x sync:new", "new=x old=was sub/"},
	} {
		base := t.TempDir()
		folder := filepath.Join(base, "data")
		prepare(t, folder)
		disk, err := run(t, folder, c.steps, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.steps, err)
		}
		left := filepath.Join(base, "left")
		if err := disk.Restore(left, powercut.Lost()); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, left); got != c.want {
			t.Errorf("%s: left %q, want %q", c.steps, got, c.want)
		}
	}
}

func prepare(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "old"), []byte("was"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What was not synced may be there in part; what was is there always.
func TestTorn(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	folder := filepath.Join(base, "data")
	prepare(t, folder)
	disk, err := run(t, folder, "open:new folder:. write:new:AA sync:new write:new:BB write:new:CC rename:old:older", nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := disk.Unsynced(); n != 3 {
		t.Errorf("%d changes unsynced, want 3", n)
	}
	seen := map[string]bool{}
	for seed := range uint64(200) {
		left := filepath.Join(base, fmt.Sprint(seed))
		if err := disk.Restore(left, powercut.Torn(rand.New(rand.NewPCG(seed, 0)))); err != nil {
			t.Fatal(err)
		}
		seen[tree(t, left)] = true
	}
	for _, name := range []string{"old", "older"} {
		for _, text := range []string{"AA", "AABB", "AABBCC", "AA\x00\x00", "AA\x00\x00CC"} {
			want := "new=" + text + " " + name + "=was sub/"
			if !seen[want] {
				t.Errorf("never %q", want)
			}
			delete(seen, want)
		}
	}
	for other := range seen {
		t.Errorf("%q cannot be", other)
	}
}

func TestDiskThatLies(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	prepare(t, folder)
	disk, err := run(t, folder, "open:old over:old:is sync:old", func(path string) bool { return path == "old" })
	if err != nil {
		t.Fatal(err)
	}
	if disk.Unsynced() != 1 {
		t.Errorf("%d changes unsynced, want 1", disk.Unsynced())
	}
}

// What the model lacks is told, not guessed; and a process that ends by itself
// was not cut off.
func TestNotFollowed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"append:old", "link:old:new", "rename:old:sub/old", "fly"} {
		folder := filepath.Join(t.TempDir(), "data")
		prepare(t, folder)
		p, err := powercut.Start(powercut.Command{
			Folder: folder, Args: os.Args[:1], Env: append(os.Environ(), stepsIn+"="+folder, steps+"="+text),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Wait(); err == nil {
			t.Errorf("%s: no error", text)
		} else {
			t.Log(err)
		}
	}
	if _, err := powercut.Start(powercut.Command{Folder: t.TempDir(), Args: []string{"/nowhere"}}); err == nil {
		t.Error("a program that is not there was started")
	}
}
