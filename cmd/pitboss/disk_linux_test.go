package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/pitboss-dev/pitboss/internal/mounts"
)

// The disk runs full while games are played: /readyz says so, first because
// little is left and then because nothing can be written. Once there is room the
// run goes on by itself, every game has its result, and nothing is lost.
func TestDiskFullInMidGame(t *testing.T) {
	if !mounts.Own(t) {
		return
	}
	disk, games := mounts.Disk(t, 1024), 12
	data, results := filepath.Join(disk, "data"), filepath.Join(t.TempDir(), "results")
	r := serveHere(t, "--store", "embedded", "--data", data, "--tables", "3", "--pace", "0", "--games", fmt.Sprint(games),
		"--seed", "7", "--results", results, "--log-level", "error")
	readiness(t, r.url, http.StatusOK, `"store":{"ok":true`)
	room := createRoom(t, r.url, `{"game":"liaptui","bots":3}`)
	mounts.Shrink(t, disk, 100<<20)
	readiness(t, r.url, http.StatusServiceUnavailable, "too little disk space")
	mounts.Shrink(t, disk, 0)
	readiness(t, r.url, http.StatusServiceUnavailable, "no space left on device")
	mounts.Grow(t, disk, 1024)
	readiness(t, r.url, http.StatusOK, `"store":{"ok":true`)
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
	if n := len(readResults(t, results)); n != games {
		t.Errorf("%d results, want %d", n, games)
	}
	r = serveHere(t, "--store", "embedded", "--data", data, "--log-level", "error")
	if status, body := get(t, r.url+"/api/v1/rooms/"+room); status != http.StatusOK {
		t.Errorf("the room opened before: %d %s", status, body)
	}
	r.stop()
	r.wait(t)
}
