// Tictactoe is a whole game server around rules of one's own: game.go has the
// rules, this file puts them into a host of rooms and opens a door.
//
//	go run ./examples/tictactoe
//	curl -X POST localhost:8080/api/v1/rooms -d '{"game":"tictactoe","room":"one"}'
//	npx wscat -c 'ws://localhost:8080/play?room=one&player=ann'
//	npx wscat -c 'ws://localhost:8080/play?room=one&player=bob'
//	> {"id":"1","type":"ready"}          (ann, who came first, begins)
//	> {"id":"2","type":"mark","data":4}
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:8080")
	if err == nil {
		fmt.Printf("listening on http://%s\n", listener.Addr())
		err = serve(ctx, listener)
	}
	if err != nil {
		log.Print(err)
	}
}

// serve runs rooms until ctx ends.
func serve(ctx context.Context, listener net.Listener) error {
	host, err := room.NewHost(room.Config{Games: []room.Rules{game}})
	if err != nil {
		return err
	}
	door, err := server.New(server.Config{Host: host})
	if err != nil {
		return err
	}
	web := door.HTTPServer()
	ended := make(chan error, 2)
	go func() { ended <- host.Run(ctx) }()
	go func() { ended <- web.Serve(listener) }()
	<-ctx.Done()

	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(door.Drain(grace), web.Shutdown(grace))
	for range cap(ended) {
		if failed := <-ended; !errors.Is(failed, http.ErrServerClosed) && !errors.Is(failed, context.Canceled) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
