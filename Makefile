GO      ?= go
LINTER  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
BENCH   ?= .
COUNT   ?= 6
BENCHTIME ?= 1s

.DEFAULT_GOAL := help
.PHONY: build test race lint cross fmt interop bench figures fuzz-smoke repro sbom vuln demo man help

build: ## bin/shoal: one static binary
	CGO_ENABLED=0 $(GO) build -buildvcs=auto -trimpath -ldflags '-s -w' -o bin/shoal ./cmd/shoal

test: ## vet and every test that needs Go alone
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GO) test ./...

race: ## the same tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

lint: ## formatting, and golangci-lint with .golangci.yml (first time: built from source)
	@test -z "$$(gofmt -l cmd internal pkg)" || { echo 'not formatted (make fmt):'; gofmt -l cmd internal pkg; exit 1; }
	$(GO) run $(LINTER) run

cross: ## vet for the systems that are not this one
	for os in darwin freebsd windows; do echo $$os; GOOS=$$os CGO_ENABLED=0 $(GO) vet ./... || exit 1; done

fmt: ## format all Go files
	gofmt -w cmd internal pkg

interop: build ## real clients in network namespaces, and whole-program tests (root, Linux)
	$(GO) test -tags interop -count 1 -timeout 15m -parallel 10 -v ./internal/swarmtest/interop $(if $(RUN),-run '$(RUN)')
	$(GO) test -tags interop -count 1 -timeout 5m -run '$(or $(RUN),TestLibtorrent)' ./internal/network/mse

bench: ## Go benchmarks, for benchstat: make bench BENCH=Picker COUNT=10
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) ./...

figures: ## write the table of simulated swarms anew (internal/swarmtest/scenario)
	CGO_ENABLED=0 $(GO) test -count 1 -timeout 30m ./internal/swarmtest/scenario -update -seeds 3

fuzz-smoke: ## every fuzz target for a few seconds
	.ci/fuzz-smoke

repro: ## build twice in two places and compare the bytes
	.ci/repro

sbom: build ## what bin/shoal is made of (SPDX)
	@.ci/sbom bin/shoal

vuln: ## known faults in what is used (needs the network)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

demo: build ## a private DHT, two seeders and a get by magnet, on loopback
	testdata/demo/run bin/shoal

man: build ## manual pages in bin/man
	bin/shoal man bin/man

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
