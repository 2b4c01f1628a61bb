package loadtest

import (
	"context"
	"sync"
	"time"
)

// run is one load test under way.
type run struct {
	config Config
	server *server
	began  time.Time
	count  counts
}

func (r *run) play(ctx context.Context) (Report, error) {
	// The first room is opened alone: a server that is not there, or a token
	// that is wrong, is told once and at once.
	first, err := r.server.open(ctx, seats-r.config.Players)
	if err != nil {
		return Report{}, err
	}
	var tables sync.WaitGroup
	for i := range r.config.Rooms {
		tables.Go(func() {
			room := ""
			if i == 0 {
				room = first
			}
			r.table(ctx, room)
		})
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		r.tell(ctx)
	}()
	tables.Wait()
	<-told
	return r.report(), nil
}

// tell reports every second until ctx ends.
func (r *run) tell(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			if r.config.Progress != nil {
				r.config.Progress(r.report())
			}
		}
	}
}

// table plays one game after the other until ctx ends.
func (r *run) table(ctx context.Context, room string) {
	for ctx.Err() == nil {
		if room == "" {
			var err error
			if room, err = r.server.open(ctx, seats-r.config.Players); err != nil {
				r.failed(ctx, err)
				pause(ctx, time.Second)
				continue
			}
		}
		r.game(ctx, room)
		room = ""
	}
}

// game has all players play until the room closes.
func (r *run) game(ctx context.Context, room string) {
	t := &table{run: r, room: room, sent: make(map[string]sending)}
	players := make([]*player, 0, r.config.Players)
	defer func() {
		for _, p := range players {
			_ = p.conn.CloseNow() // played, left, or given up on
		}
	}()
	for i := range r.config.Players {
		p, err := t.enter(ctx, i)
		if err != nil {
			r.failed(ctx, err)
			pause(ctx, time.Second)
			return
		}
		players = append(players, p)
	}
	var playing sync.WaitGroup
	// At the end players leave; a context that ends would tear them away.
	leaving := context.AfterFunc(ctx, func() {
		for _, p := range players {
			p.leave()
		}
	})
	defer leaving()
	for i, p := range players {
		playing.Go(func() {
			if err := p.play(context.WithoutCancel(ctx), i == 0); err != nil {
				r.failed(ctx, err)
			} else if i == 0 {
				r.count.games.Add(1)
			}
		})
	}
	playing.Wait()
}

// failed counts a fault, unless it is the end of the run.
func (r *run) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.count.fail(err.Error())
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
