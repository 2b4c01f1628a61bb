package bench

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/centrifugal/centrifuge"
)

// countingTransport is a connection that only counts what is written to it.
type countingTransport struct{ delivered, bytes *atomic.Int64 }

func (t countingTransport) Name() string                      { return "counting" }
func (t countingTransport) AcceptProtocol() string            { return "" }
func (t countingTransport) Protocol() centrifuge.ProtocolType { return centrifuge.ProtocolTypeJSON }
func (t countingTransport) ProtocolVersion() centrifuge.ProtocolVersion {
	return centrifuge.ProtocolVersion2
}
func (t countingTransport) Unidirectional() bool              { return true }
func (t countingTransport) Emulation() bool                   { return false }
func (t countingTransport) Close(centrifuge.Disconnect) error { return nil }

// DisabledPushFlags leaves publications only, as they are all that is counted.
func (t countingTransport) DisabledPushFlags() uint64 {
	return centrifuge.PushFlagConnect | centrifuge.PushFlagSubscribe | centrifuge.PushFlagDisconnect
}

func (t countingTransport) PingPongConfig() centrifuge.PingPongConfig {
	return centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1}
}

func (t countingTransport) Write(text []byte) error {
	t.bytes.Add(int64(len(text)))
	t.delivered.Add(1)
	return nil
}

func (t countingTransport) WriteMany(texts ...[]byte) error {
	n := 0
	for _, text := range texts {
		n += len(text)
	}
	t.bytes.Add(int64(n))
	t.delivered.Add(int64(len(texts)))
	return nil
}

func centrifugeClients(tb testing.TB, n int, rooms bool) audience {
	tb.Helper()
	node, err := centrifuge.New(centrifuge.Config{ClientQueueMaxSize: 64 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	channel := func(room int) string {
		if rooms {
			return roomNames[room]
		}
		return "events"
	}
	node.OnConnecting(func(_ context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: e.Name},
			Subscriptions: map[string]centrifuge.SubscribeOptions{e.Name: {}},
		}, nil
	})
	if err := node.Run(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := node.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	var delivered, bytes atomic.Int64
	for i := range n {
		client, _, err := centrifuge.NewClient(context.Background(), node, countingTransport{&delivered, &bytes})
		if err != nil {
			tb.Fatal(err)
		}
		client.Connect(centrifuge.ConnectRequest{Name: channel(i)})
	}
	begin := delivered.Load()
	text := encoded(tb)
	return audience{
		func(room int) {
			if _, err := node.Publish(channel(room), text); err != nil {
				tb.Error(err)
			}
		},
		func() int64 { return delivered.Load() - begin },
	}
}
