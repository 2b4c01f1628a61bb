package bench

import (
	"reflect"
	"strconv"
	"testing"
	"unsafe"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/gsl"
)

func mochiMatcher(_ testing.TB, patterns []string) matcher {
	x := mqtt.NewTopicsIndex()
	for i, p := range patterns {
		x.Subscribe(strconv.Itoa(i), packets.Subscription{Filter: p})
	}
	return func(topic string) int { return len(x.Subscribers(topic).Subscriptions) }
}

func gslMatcher(tb testing.TB, patterns []string) matcher {
	tb.Helper()
	x := gsl.NewSublist[int]()
	for i, p := range patterns {
		if err := x.Insert(p, i); err != nil {
			tb.Fatal(err)
		}
	}
	into := make([]int, 0, 1024)
	return func(topic string) int {
		into = into[:0]
		x.Match(topic, func(v int) { into = append(into, v) })
		return len(into)
	}
}

func sublistMatcher(tb testing.TB, patterns []string) matcher {
	tb.Helper()
	x := server.NewSublistNoCache()
	if err := fillSublist(x.Insert, patterns); err != nil {
		tb.Fatal(err)
	}
	return func(topic string) int {
		// The result's first field holds the subscribers, and has no name outside.
		return len(*(*[]unsafe.Pointer)(unsafe.Pointer(x.Match(topic))))
	}
}

// fillSublist makes values of nats-server's subscription, which has no name
// outside, by inference, and sets their subject, which has none either.
func fillSublist[S any](insert func(*S) error, patterns []string) error {
	for _, p := range patterns {
		sub := new(S)
		subject := reflect.ValueOf(sub).Elem().FieldByName("subject")
		*(*[]byte)(unsafe.Pointer(subject.UnsafeAddr())) = []byte(p)
		if err := insert(sub); err != nil {
			return err
		}
	}
	return nil
}
