package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor"
)

// config is what serve was told.
type config struct {
	listen     string
	advertise  string
	store      string
	data       string
	durability string
	tables     int
	pace       time.Duration
	seed       uint64
	games      int
	results    string
	adminToken string
	logFormat  string
	logLevel   slog.Level
	strangers  []string // variables that name no setting
	grace      time.Duration
	// keep is how long finished rooms are kept, keepRooms how many of bots and of
	// people each, and keepMiB how much their journals may take in all.
	keep      time.Duration
	keepRooms int
	keepMiB   int
	// instance and environment tell servers apart where several are looked at.
	instance, environment string
	faults                *injectedFaults

	unwatched monitor.Parts // for benchmarks
}

// defineFlags declares the settings. All are text here and parsed by [settings],
// so that faults read the same wherever a setting comes from.
func defineFlags(f *pflag.FlagSet) {
	f.String("config", "", "`file` of settings in YAML, named as the flags are")
	f.String("listen", "127.0.0.1:8080", "`address` for HTTP and WebSocket; port 0 picks a free one")
	f.String("advertise", "", "`address` at which other processes on the same store reach this one (default: that of listen)")
	f.String("store", "embedded", "`where` rooms are kept: memory, embedded or nats://host:port[,...]")
	f.String("data", "pitboss-data", "`folder` of the embedded store")
	f.String("durability", "process", "what acknowledged data survives: `process` (kill -9) or disk (a power cut)")
	f.String("tables", "0", "`number` of Liap Tui tables of four bots to keep running")
	f.String("pace", "400ms", "`time` that a bot seems to think and results are shown; 0 for load")
	f.String("seed", "", "`number` that deals come from, for repeatable runs (default random)")
	f.String("games", "0", "`number` of finished games to stop after; 0: never")
	f.String("results", "", "`file` to append a line of JSON to per finished game")
	f.String("admin-token", "", "`token` that every change through the API needs; none: changes from loopback only")
	f.String("log-format", "text", "`format` of the log on standard error: text or json")
	f.String("log-level", "info", "lowest `level` logged: debug, info, warn or error")
	f.String("instance", "", "`name` of this server in the console and the API (default: that of the machine)")
	f.String("environment", "development", "what this server is for, shown beside its `name`: development, staging, production, or another word")
	f.String("faults", "", "`shares` of what is to fail, for trials: bot-tasks=0.02 (moves of bots become dead letters), stuck-rooms=0.1 (rooms whose bots never answer until a dead letter is retried), events=0.5 (ends of games that a subscriber cannot take)")
	f.String("keep", "1h", "`time` for which finished rooms are kept, at most")
	f.String("keep-rooms", "100", "`number` of finished rooms that are kept, of bots and with people each")
	f.String("keep-mib", "0", "`MiB` that the journals of finished rooms may take in the store; 0: as much as they do")
	f.String("grace", "10s", "`time` to end in after SIGTERM or SIGINT")
}

// loadConfig reads the settings: flags win, then the environment, then the file.
func loadConfig(flags *pflag.FlagSet, environ func() []string) (config, error) {
	k := koanf.New(".")
	s := settings{values: k, known: flags}
	fromEnv := env.Provider(".", env.Opt{
		Prefix: prefix, EnvironFunc: environ,
		TransformFunc: func(key, value string) (string, any) { return settingOf(key), value },
	})
	if err := errors.Join(k.Load(fromEnv, nil), k.Load(posflag.Provider(flags, ".", k), nil)); err != nil {
		return config{}, err
	}
	if path := k.String("config"); path != "" {
		s.readFile(path, fromEnv)
	}
	c := s.config()
	c.strangers = strangers(flags, environ())
	return c, s.faults.Err()
}

// strangers are the variables that look like settings and are none. They are no
// fault: whoever starts a program may set others, as Kubernetes does for a
// service of our name.
func strangers(flags *pflag.FlagSet, environ []string) (names []string) {
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, prefix) && flags.Lookup(settingOf(name)) == nil {
			names = append(names, name)
		}
	}
	return names
}

// prefix begins the names of variables that are settings.
const prefix = "PITBOSS_"

func settingOf(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, prefix)), "_", "-")
}

// settings turns text into values and collects what is wrong.
type settings struct {
	values *koanf.Koanf
	known  *pflag.FlagSet
	faults pitboss.FieldErrors
}

// readFile puts the file's settings below the others.
func (s *settings) readFile(path string, fromEnv koanf.Provider) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		s.faults.Add("config", path, "a readable YAML file: "+strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	for _, key := range k.Keys() {
		if s.known.Lookup(key) == nil || key == "config" { // a file does not name another one
			s.faults.Add("config", key, "settings that are named as the flags are, without config")
		}
	}
	if err := errors.Join(k.Load(fromEnv, nil), k.Load(posflag.Provider(s.known, ".", k), nil)); err != nil {
		s.faults = append(s.faults, err)
		return
	}
	s.values = k
}

func (s *settings) config() config {
	c := config{
		listen:     s.values.String("listen"),
		advertise:  s.values.String("advertise"),
		store:      s.values.String("store"),
		data:       s.values.String("data"),
		durability: s.oneOf("durability", "process", "disk"),
		tables:     s.number("tables", 10_000),
		pace:       s.duration("pace", time.Minute),
		seed:       s.seed(),
		games:      s.number("games", 1_000_000_000),
		results:    s.values.String("results"),
		adminToken: s.values.String("admin-token"),
		logFormat:  s.oneOf("log-format", "text", "json"),
		grace:      s.grace(),
		keep:       s.duration("keep", 10*365*24*time.Hour),
		keepRooms:  s.number("keep-rooms", 1_000_000),
		keepMiB:    s.number("keep-mib", 1_000_000),

		instance: s.label("instance"), environment: s.label("environment"),
	}
	if c.instance == "" {
		c.instance, _ = os.Hostname() // a machine may have no name
	}
	if err := c.logLevel.UnmarshalText([]byte(s.oneOf("log-level", "debug", "info", "warn", "error"))); err != nil {
		c.logLevel = slog.LevelInfo // oneOf has told
	}
	var err error
	if c.faults, err = parseFaults(s.values.String("faults")); err != nil {
		s.faults = append(s.faults, err)
	}
	s.checkStore(c.store)
	s.checkToken(c.adminToken)
	s.checkListen(c.listen, c.adminToken)
	s.checkAdvertise(c.advertise)
	if c.games > 0 && c.tables == 0 {
		s.faults.Add("games", c.games, "0 where tables is 0: the games of a run are those of its tables")
	}
	if c.data == "" {
		s.faults.Add("data", c.data, "a folder")
	}
	return c
}

func (s *settings) oneOf(name string, allowed ...string) string {
	value := strings.ToLower(s.values.String(name))
	if !slices.Contains(allowed, value) {
		s.faults.Add(name, value, strings.Join(allowed, " or "))
	}
	return value
}

// label is a short name to show.
func (s *settings) label(name string) string {
	text := s.values.String(name)
	if len(text) > 64 || strings.ContainsFunc(text, unicode.IsControl) {
		s.faults.Add(name, text, "up to 64 bytes of text on one line")
	}
	return text
}

func (s *settings) number(name string, most int) int {
	text := s.values.String(name)
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		s.faults.Add(name, text, fmt.Sprintf("a whole number from 0 to %d", most))
	}
	return n
}

func (s *settings) duration(name string, most time.Duration) time.Duration {
	text := s.values.String(name)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > most {
		s.faults.Add(name, text, fmt.Sprintf("a time such as 400ms or 2s, from 0 to %s", most))
	}
	return d
}

// grace is never zero: there would be no time to end in.
func (s *settings) grace() time.Duration {
	text := s.values.String("grace")
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Millisecond || d > time.Hour {
		s.faults.Add("grace", text, "a time such as 500ms or 10s, from 1ms to 1h")
	}
	return d
}

func (s *settings) seed() uint64 {
	text := s.values.String("seed")
	if text == "" || text == "random" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		s.faults.Add("seed", text, "a whole number from 0 to 18446744073709551615, or random")
	}
	return seed
}

func (s *settings) checkStore(store string) {
	switch {
	case store == "memory", store == "embedded", strings.HasPrefix(store, "nats://") && len(store) > len("nats://"):
	default:
		s.faults.Add("store", store, "memory, embedded or nats://host:port[,...]")
	}
}

// checkToken refuses a token that no header can carry as it is: nobody could
// change anything.
func (s *settings) checkToken(token string) {
	if strings.TrimSpace(token) != token || strings.ContainsFunc(token, unicode.IsControl) {
		s.faults.Add("admin-token", "(not shown)", "text without blanks around it and without control characters")
	}
}

// checkListen refuses to let strangers in where nobody guards the changes.
func (s *settings) checkListen(listen, token string) {
	host, port, err := net.SplitHostPort(listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		s.faults.Add("listen", listen, "host:port, such as 127.0.0.1:8080")
		return
	}
	if token == "" && !isLoopback(host) {
		s.faults.Add("listen", listen, "a loopback address such as 127.0.0.1:8080, or --admin-token as well")
	}
}

func (s *settings) checkAdvertise(advertise string) {
	if advertise == "" {
		return
	}
	host, port, err := net.SplitHostPort(advertise)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || host == "" {
		s.faults.Add("advertise", advertise, "host:port, such as 10.0.0.7:8080")
	}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
