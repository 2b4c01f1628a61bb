# Needs Go. With Node the web console is built too; without, a plain page stands
# in for it. Everything else is set up by the targets themselves.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# More flags for run.
ARGS ?=
# How often survival kills a node.
KILLS ?= 30
# How long each fuzz target runs.
FUZZTIME ?= 20s
# Which benchmarks run, for how long, and how often: ratios are of medians.
BENCH ?= .
BENCHTIME ?= 300ms
BENCHCOUNT ?= 6

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build, then play at eight tables; more flags with ARGS="--pace 0"
	exec bin/pitboss serve --tables 8 $(ARGS)

.PHONY: build
build: $(if $(shell command -v npm),console) ## Build bin/pitboss, with the console where there is npm
	go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/pitboss ./cmd/pitboss

.PHONY: console
console: console/dist/index.html ## Build the web console

console/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

.PHONY: console-test
console-test: console chromium ## Drive the console in Chromium, on a server with injected faults
	cd web && npm run --silent check && npm run --silent test

# Fresh machines may lack both; what needs neither is tested all the same.
.PHONY: console-smoke
console-smoke: ## Build the console and open it in Chromium, where there are npm and Chromium
	@if ! command -v npm >/dev/null || ! command -v chromium >/dev/null; then \
		echo "console-smoke: not run, it needs npm and chromium; make console-test installs the latter"; \
	else \
		$(MAKE) --no-print-directory console && \
		cd web && CHROMIUM=$$(command -v chromium) npx playwright test --config smoke.config.ts; \
	fi

.PHONY: screenshots
screenshots: console chromium ## Every page at four widths, light and dark, into web/screenshots
	cd web && npx playwright test --config screenshots.config.ts

.PHONY: console-performance
console-performance: console chromium ## What the console costs, by its script; MINUTES=30 watches the heap for longer
	cd web && npx playwright test --config performance.config.ts

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || \
		{ apt-get update -qq && apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends chromium; }

.PHONY: test
test: cc prometheus ## Vet and test everything with the race detector; open the console once
	go vet ./...
	go test -race -timeout 20m ./...
	go -C bench vet ./...
	go -C bench test ./...
	$(MAKE) --no-print-directory console-smoke

# The race detector links C. Fresh Debian machines may lack a compiler.
.PHONY: cc
cc:
	@command -v "$$(go env CC)" >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev; }

# Dashboards and alerts are tried on a real Prometheus.
.PHONY: prometheus
prometheus:
	@command -v prometheus >/dev/null && command -v promtool >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus; }

.PHONY: collector-test
collector-test: .bin/collector ## Send traces through a real OpenTelemetry Collector, by gRPC and by HTTP
	PITBOSS_TEST_COLLECTOR=$(CURDIR)/.bin/collector go test -count=1 -v -run 'Click|Request|LongChains' ./monitor/tracing

.PHONY: lint
lint: .bin/golangci-lint ## Run the linters, in each of the modules
	.bin/golangci-lint run
	cd bench && ../.bin/golangci-lint run --config ../.golangci.yml
	cd tools/collector && ../../.bin/golangci-lint run --config ../../.golangci.yml

.PHONY: survival
survival: ## Kill nodes of a cluster KILLS=30 times while bots and people play
	PITBOSS_TEST_KILLS=$(KILLS) go test -count 1 -timeout 20m -v -run GamesSurvive ./cmd/pitboss

# Where timers decide what code runs, the fuzzer tries for a minute to shorten
# each input that it finds interesting, and finds nothing else meanwhile.
.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME=20s
	@go test -list '^Fuzz' ./... | \
		awk '/^Fuzz/ { names[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }' | \
		while read -r package target; do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package" </dev/null; \
		done

# How often a process is killed.
CYCLES ?= 300

.PHONY: crash
crash: ## Kill -9 a process that writes, CYCLES=300 times; what was acknowledged must be there
	PITBOSS_CRASH_CYCLES=$(CYCLES) go test -count=1 -timeout 60m -v -run TestKillLosesNothing ./natsqueue

.PHONY: powercut
powercut: ## Have the power fail CYCLES=300 times, at each durability
	PITBOSS_POWER_CYCLES=$(CYCLES) go test -count=1 -timeout 120m -v -run 'TestPowerCut(OnDisk|InProcess)$$' ./natsqueue

.PHONY: bench
bench: bench/results.out .bin/benchstat ## Measure against peers in one run; show times and ratios
	.bin/benchstat -col /impl bench/results.out
	go -C bench run ./ratios results.out

.PHONY: bench-check
bench-check: bench/results.out ## Measure; fail if a ratio is a quarter worse than recorded
	go -C bench run ./ratios -check results.out

.PHONY: bench-record
bench-record: bench/results.out ## Measure; record the ratios in bench/ratios.json
	go -C bench run ./ratios -record results.out

# The rounds take turns, so that what else the machine does hits all alike.
.PHONY: bench/results.out
bench/results.out:
	go -C bench test -c -o ../.bin/bench.test .
	go test -c -o .bin/queue.test ./queue
	cd bench && for round in $$(seq $(BENCHCOUNT)); do for test in bench queue; do \
		../.bin/$$test.test -test.run '^$$' -test.bench '$(BENCH)' -test.benchmem -test.benchtime $(BENCHTIME); \
	done; done | tee results.out

.bin/golangci-lint: tools/go.mod
	go -C tools build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# A module of its own: it brings along a hundred others.
.bin/collector: tools/collector/go.mod tools/collector/main.go
	go -C tools/collector build -trimpath -o ../../$@ .

.bin/benchstat: tools/go.mod
	go -C tools build -o ../$@ golang.org/x/perf/cmd/benchstat
