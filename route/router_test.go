package route_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/route"
)

// trace makes handlers that note their names.
type trace struct{ ran []string }

func (r *trace) handler(name string) pitboss.Handler[string] {
	return func(context.Context, *pitboss.Delivery[string]) error {
		r.ran = append(r.ran, name)
		return nil
	}
}

func (r *trace) failing(name string, err error) pitboss.Handler[string] {
	return func(context.Context, *pitboss.Delivery[string]) error {
		r.ran = append(r.ran, name)
		return err
	}
}

// dispatch runs what the router finds for m and returns it.
func (r *trace) dispatch(t *testing.T, router pitboss.Router[string], m pitboss.Message[string]) []string {
	t.Helper()
	h := must(route.Dispatch(router, route.DispatchConfig[string]{}))
	r.ran = nil
	err := h(t.Context(), &pitboss.Delivery[string]{Message: m})
	if (len(r.ran) == 0) != errors.Is(err, pitboss.ErrNoHandler) {
		t.Errorf("%v ran, error %v", r.ran, err)
	}
	return r.ran
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func onTopic(topic string) pitboss.Message[string] { return pitboss.Message[string]{Topic: topic} }

func TestTopicsRunInOrderOfRegistration(t *testing.T) {
	t.Parallel()
	for pick, want := range map[route.Pick][]string{
		route.All:   {"+.7", "room.7", "#", "room.+"},
		route.First: {"+.7"},
	} {
		var tr trace
		r := must(route.NewTopics[string](route.TopicsConfig{Pick: pick}))
		for _, p := range []string{"+.7", "room.8", "room.7", "#", "room.+"} {
			must(r.Handle(p, tr.handler(p)))
		}
		if got := tr.dispatch(t, r, onTopic("room/7")); !slices.Equal(got, want) {
			t.Errorf("pick %v: ran %v, want %v", pick, got, want)
		}
	}
}

func TestEndedRouteIsUnroutable(t *testing.T) {
	t.Parallel()
	var tr trace
	h := tr.handler("ran")
	topics := must(route.NewTopics[string](route.TopicsConfig{}))
	direct := route.NewDirect(route.DirectConfig[string]{})
	patterns := must(route.NewPatterns(route.PatternsConfig[string]{}))
	content := must(route.NewContent[string](route.ContentConfig{}))
	for _, c := range []struct {
		router pitboss.Router[string]
		sub    route.Subscription
	}{
		{topics, must(topics.Handle("room.#", h))},
		{direct, must(direct.Handle("room.7", h))},
		{patterns, must(patterns.Glob("room.*", h))},
		{patterns, must(patterns.Regexp(`room\.\d+`, h))},
		{content, must(content.Handle(func(*pitboss.Message[string]) bool { return true }, h))},
	} {
		if got := tr.dispatch(t, c.router, onTopic("room.7")); len(got) == 0 {
			t.Errorf("%T: nothing ran", c.router)
		}
		c.sub.End()
		c.sub.End()
	}
	for _, r := range []pitboss.Router[string]{topics, direct, patterns, content} {
		if got := tr.dispatch(t, r, onTopic("room.7")); len(got) > 0 {
			t.Errorf("%T: %v ran after its end", r, got)
		}
	}
	// The end of a route does not take away its successor.
	old := must(direct.Handle("room.7", h))
	old.End()
	must(direct.Handle("room.7", h))
	old.End()
	if got := tr.dispatch(t, direct, onTopic("room.7")); len(got) == 0 {
		t.Error("an old subscription ended a new one")
	}
}

func TestDirect(t *testing.T) {
	t.Parallel()
	var tr trace
	r := route.NewDirect(route.DirectConfig[string]{By: route.ByHeader[string]("kind")})
	must(r.Handle("play", tr.handler("play")))
	must(r.Handle("", tr.handler("none")))
	if _, err := r.Handle("play", tr.handler("again")); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("a second handler of one name: %v", err)
	}
	for kind, want := range map[string]string{"play": "play", "": "none"} {
		got := tr.dispatch(t, r, pitboss.Message[string]{Headers: map[string]string{"kind": kind}})
		if !slices.Equal(got, []string{want}) {
			t.Errorf("kind %q ran %v", kind, got)
		}
	}
	if got := tr.dispatch(t, r, pitboss.Message[string]{Headers: map[string]string{"kind": "chat"}}); len(got) > 0 {
		t.Errorf("an unknown kind ran %v", got)
	}
	byKey := route.NewDirect(route.DirectConfig[string]{By: route.ByKey[string]})
	must(byKey.Handle("room-7", tr.handler("key")))
	if got := tr.dispatch(t, byKey, pitboss.Message[string]{Key: "room-7"}); len(got) != 1 {
		t.Errorf("by key ran %v", got)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	type add func(*route.Patterns[string], string, pitboss.Handler[string]) (route.Subscription, error)
	glob, expression := add((*route.Patterns[string]).Glob), add((*route.Patterns[string]).Regexp)
	cases := []struct {
		add           add
		pattern, text string
		want          bool
	}{
		{glob, "room.*", "room.7", true},
		{glob, "room.*", "room.7.moves", false},
		{glob, "room.*", "a.room.7", false},
		{glob, "room.**", "room.7/moves", true},
		{glob, "*.moves", "room.moves", true},
		{glob, "r?om", "room", true},
		{glob, "r?om", "r.om", false},
		{glob, "r?om", "röom", true},
		{glob, "r?m", "röm", true},
		{glob, "room-[0-9]", "room-7", true},
		{glob, "room-[0-9]", "room-x", false},
		{glob, "room-[^0-9]", "room-x", true},
		{glob, "room-[!0-9]", "room-7", false},
		{glob, "[]a]", "]", true},
		{glob, "[a-]", "-", true},
		{glob, "[a-]", "b", false},
		{glob, `[\]x]`, "x", true},
		{glob, `[\]x]`, `\`, false},
		{glob, "{moves,chat}.*", "chat.7", true},
		{glob, "{moves,chat}.*", "state.7", false},
		{glob, "{a,b{c,d}}", "bd", true},
		{glob, "a,b}", "a,b}", true},
		{glob, `\*`, "*", true},
		{glob, `\*`, "x", false},
		{glob, "a+b(c)|d$", "a+b(c)|d$", true},
		{glob, "**", "new\nline", true},
		{expression, `room\.(\d+)`, "room.17", true},
		{expression, `room\.(\d+)`, "room.17.moves", false},
		{expression, `room\.(\d+)`, "a.room.17", false},
		{expression, `a|b`, "b", true},
		{expression, `a|b`, "ab", false},
		{expression, `(?i)room`, "ROOM", true},
		{expression, `^room$`, "room", true},
		{expression, `room`, strings.Repeat("room", 100), false},
		{expression, `.*`, strings.Repeat("x", 257), false}, // longer than the bound
	}
	for _, c := range cases {
		var tr trace
		r := must(route.NewPatterns(route.PatternsConfig[string]{}))
		must(c.add(r, c.pattern, tr.handler("ran")))
		if got := len(tr.dispatch(t, r, onTopic(c.text))) > 0; got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
	bad := []struct {
		add     add
		pattern string
	}{
		{glob, "room-[0-9"},
		{glob, "{a,b"},
		{glob, `a\`},
		{glob, "[z-a]"},
		{glob, "\xff"},
		{glob, strings.Repeat("a", 257)},
		{expression, `(`},
		{expression, `a)(?:b`},
		{expression, `(a{500}){3}`},
		{expression, `\pL{1000}\pL{1000}`},
		{expression, strings.Repeat("a", 257)},
	}
	for _, c := range bad {
		var tr trace
		r := must(route.NewPatterns(route.PatternsConfig[string]{}))
		_, err := c.add(r, c.pattern, tr.handler("ran"))
		var field *pitboss.FieldError
		if !errors.As(err, &field) || !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%q: %v, want a FieldError", c.pattern, err)
		}
	}
}

func TestPatternsPickFirst(t *testing.T) {
	t.Parallel()
	var tr trace
	r := must(route.NewPatterns(route.PatternsConfig[string]{Pick: route.First}))
	for _, p := range []string{"x*", "r*", "ro*"} {
		must(r.Glob(p, tr.handler(p)))
	}
	if got := tr.dispatch(t, r, onTopic("room")); !slices.Equal(got, []string{"r*"}) {
		t.Errorf("ran %v", got)
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	type message = pitboss.Message[string]
	isPing := route.Condition[string](func(m *message) bool { return m.Payload == "ping" })
	vip := route.Header[string]("tier", "vip")
	cases := map[string]struct {
		holds route.Condition[string]
		m     message
		want  bool
	}{
		"payload":            {isPing, message{Payload: "ping"}, true},
		"another payload":    {isPing, message{Payload: "pong"}, false},
		"header":             {vip, message{Headers: map[string]string{"tier": "vip"}}, true},
		"another value":      {vip, message{Headers: map[string]string{"tier": "free"}}, false},
		"no headers":         {vip, message{}, false},
		"empty is not there": {route.Header[string]("tier", ""), message{}, false},
		"has":                {route.HasHeader[string]("tier"), message{Headers: map[string]string{"tier": ""}}, true},
		"has not":            {route.HasHeader[string]("tier"), message{}, false},
		"urgent":             {route.AtLeast[string](pitboss.High), message{Priority: pitboss.Critical}, true},
		"not urgent":         {route.AtLeast[string](pitboss.High), message{}, false},
		"not":                {route.Not(isPing), message{Payload: "pong"}, true},
		"every":              {route.Every(isPing, vip), message{Payload: "ping"}, false},
		"every of none":      {route.Every[string](), message{}, true},
		"either":             {route.Either(isPing, vip), message{Payload: "ping"}, true},
		"either of none":     {route.Either[string](), message{}, false},
	}
	for name, c := range cases {
		var tr trace
		r := must(route.NewContent[string](route.ContentConfig{}))
		must(r.Handle(c.holds, tr.handler("ran")))
		if got := len(tr.dispatch(t, r, c.m)) > 0; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	var tr trace
	topics := must(route.NewTopics[string](route.TopicsConfig{}))
	must(topics.Handle("room.+", tr.handler("topic 1")))
	must(topics.Handle("room.#", tr.handler("topic 2")))
	content := must(route.NewContent[string](route.ContentConfig{}))
	must(content.Handle(route.HasHeader[string]("audit"), tr.handler("audit")))
	chain := func(p route.Pick, fallback pitboss.Handler[string]) *route.Chain[string] {
		return must(route.NewChain(route.ChainConfig[string]{Pick: p, Default: fallback}, topics, content))
	}
	both := pitboss.Message[string]{Topic: "room.7", Headers: map[string]string{"audit": "1"}}
	audited := pitboss.Message[string]{Topic: "lobby", Headers: map[string]string{"audit": "1"}}
	cases := []struct {
		router pitboss.Router[string]
		m      pitboss.Message[string]
		want   []string
	}{
		{chain(route.All, nil), both, []string{"topic 1", "topic 2", "audit"}},
		{chain(route.First, nil), both, []string{"topic 1", "topic 2"}},
		{chain(route.First, nil), audited, []string{"audit"}},
		{chain(route.All, nil), onTopic("lobby"), nil},
		{chain(route.All, tr.handler("default")), onTopic("lobby"), []string{"default"}},
		{chain(route.First, tr.handler("default")), audited, []string{"audit"}},
		{
			must(route.NewChain(route.ChainConfig[string]{Default: tr.handler("outer")}, chain(route.All, nil))),
			onTopic("lobby"), []string{"outer"},
		},
		{must(route.NewChain(route.ChainConfig[string]{})), both, nil},
	}
	for i, c := range cases {
		if got := tr.dispatch(t, c.router, c.m); !slices.Equal(got, c.want) {
			t.Errorf("case %d ran %v, want %v", i, got, c.want)
		}
	}
}

func TestDispatch(t *testing.T) {
	t.Parallel()
	broken, worse := errors.New("broken"), errors.New("worse")
	var tr trace
	topics := must(route.NewTopics[string](route.TopicsConfig{}))
	must(topics.Handle("a", tr.handler("fine")))
	must(topics.Handle("a", tr.failing("broken", broken)))
	must(topics.Handle("a", tr.failing("worse", worse)))
	must(topics.Handle("a", tr.handler("last")))

	run := func(c route.DispatchConfig[string], topic string) error {
		tr.ran = nil
		return must(route.Dispatch(topics, c))(t.Context(), &pitboss.Delivery[string]{Message: onTopic(topic)})
	}
	if err := run(route.DispatchConfig[string]{}, "a"); !errors.Is(err, broken) || errors.Is(err, worse) ||
		!slices.Equal(tr.ran, []string{"fine", "broken"}) {
		t.Errorf("stop: ran %v, error %v", tr.ran, err)
	}
	if err := run(route.DispatchConfig[string]{Errors: route.Continue}, "a"); !errors.Is(err, broken) || !errors.Is(err, worse) ||
		!slices.Equal(tr.ran, []string{"fine", "broken", "worse", "last"}) {
		t.Errorf("continue: ran %v, error %v", tr.ran, err)
	}
	var unroutable *route.UnroutableError
	if err := run(route.DispatchConfig[string]{}, "b"); !errors.As(err, &unroutable) || unroutable.Topic != "b" ||
		!errors.Is(err, pitboss.ErrNoHandler) {
		t.Errorf("unroutable: %v", err)
	}
	if err := run(route.DispatchConfig[string]{Default: tr.handler("default")}, "b"); err != nil || !slices.Equal(tr.ran, []string{"default"}) {
		t.Errorf("default: ran %v, error %v", tr.ran, err)
	}
}

func TestBadRouters(t *testing.T) {
	t.Parallel()
	topics := must(route.NewTopics[string](route.TopicsConfig{}))
	patterns := must(route.NewPatterns(route.PatternsConfig[string]{}))
	content := must(route.NewContent[string](route.ContentConfig{}))
	var tr trace
	fails := map[string]func() error{
		"topics": func() error { _, err := route.NewTopics[string](route.TopicsConfig{Pick: 7}); return err },
		"topic config": func() error {
			_, err := route.NewTopics[string](route.TopicsConfig{TopicConfig: route.TopicConfig{Levels: -1}})
			return err
		},
		"topic pattern":   func() error { _, err := topics.Handle("a..b", tr.handler("")); return err },
		"topic handler":   func() error { _, err := topics.Handle("a", nil); return err },
		"direct handler":  func() error { _, err := route.NewDirect(route.DirectConfig[string]{}).Handle("a", nil); return err },
		"patterns pick":   func() error { _, err := route.NewPatterns(route.PatternsConfig[string]{Pick: 7}); return err },
		"patterns length": func() error { _, err := route.NewPatterns(route.PatternsConfig[string]{Length: -1}); return err },
		"pattern handler": func() error { _, err := patterns.Glob("a", nil); return err },
		"content pick":    func() error { _, err := route.NewContent[string](route.ContentConfig{Pick: 7}); return err },
		"condition":       func() error { _, err := content.Handle(nil, tr.handler("")); return err },
		"content handler": func() error { _, err := content.Handle(route.Every[string](), nil); return err },
		"chain pick":      func() error { _, err := route.NewChain(route.ChainConfig[string]{Pick: 7}); return err },
		"chain router":    func() error { _, err := route.NewChain(route.ChainConfig[string]{}, nil, topics); return err },
		"dispatch router": func() error { _, err := route.Dispatch(nil, route.DispatchConfig[string]{}); return err },
		"dispatch errors": func() error { _, err := route.Dispatch(topics, route.DispatchConfig[string]{Errors: 7}); return err },
	}
	for name, fail := range fails {
		var field *pitboss.FieldError
		if err := fail(); !errors.As(err, &field) {
			t.Errorf("%s: %v, want a FieldError", name, err)
		}
	}
}

func TestRoutingReusesItsLists(t *testing.T) {
	topics := must(route.NewTopics[string](route.TopicsConfig{}))
	patterns := must(route.NewPatterns(route.PatternsConfig[string]{}))
	content := must(route.NewContent[string](route.ContentConfig{}))
	ran := 0
	h := func(context.Context, *pitboss.Delivery[string]) error { ran++; return nil }
	must(topics.Handle("room.+", h))
	must(topics.Handle("#", h))
	must(patterns.Glob("room.*", h))
	must(content.Handle(route.Every[string](), h))
	chain := must(route.NewChain(route.ChainConfig[string]{}, topics, patterns, content))
	dispatch := must(route.Dispatch(chain, route.DispatchConfig[string]{}))
	d := &pitboss.Delivery[string]{Message: onTopic("room.7")}
	// Under the race detector a sync.Pool forgets on purpose, a quarter of the
	// time; without pools there would be eight.
	if n := testing.AllocsPerRun(1_000, func() { _ = dispatch(t.Context(), d) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
	if ran != 4*1_001 {
		t.Errorf("%d runs", ran)
	}
}
