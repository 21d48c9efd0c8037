# Everything that people and CI do with this repository. `make` prints the list.
# Only Go, make and git must be there; the linter is built on first use.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

GO ?= go
# How long `make fuzz` works on each target, and for how long `make bench` runs each
# benchmark.
FUZZTIME ?= 60s
BENCHTIME ?= 1s
# Where `make run` keeps its data.
DATA ?= ./data

# Without a C compiler nothing may need one; the race detector is the exception.
export CGO_ENABLED ?= 0

.PHONY: help
help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build all binaries into bin/.
	$(GO) build -o bin/ ./cmd/...

.PHONY: run
run: build ## Run everything in one process; data in ./data or DATA=dir.
	./bin/goshawk run --data $(DATA)

.PHONY: demo
demo: build ## Send the bundled attack to a temporary instance and print its alerts.
	./bin/goshawk demo

.PHONY: test
test: ## Run all tests.
	$(GO) test ./...

.PHONY: check
check: tidy-check lint test race ## Run exactly what CI runs.

.PHONY: race
race: ## Run the tests of packages with goroutines under the race detector, property tests with fewer examples.
	CGO_ENABLED=1 $(GO) test -race -short $$(scripts/concurrent-packages)

.PHONY: golden
golden: ## Rewrite golden files; read the diff before you commit it.
	scripts/golden

.PHONY: corpus
corpus: ## Report what every format makes of the sample corpora, if they are there.
	go test ./internal/format -count=1 -run '^TestCorpus$$' -v | scripts/corpus-report

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME=60s.
	scripts/fuzz $(FUZZTIME)

.PHONY: bench
bench: build ## Run the benchmarks and print them as a table.
	scripts/bench $(BENCHTIME)

.PHONY: lint
lint: ## Run the linters.
	scripts/golangci-lint run --allow-parallel-runners ./...

.PHONY: fmt
fmt: ## Format the code.
	scripts/golangci-lint fmt ./...

.PHONY: tidy-check
tidy-check: # Prove that go.mod and the downloaded modules are what they should be.
	$(GO) mod verify

.PHONY: clean
clean: ## Remove what was built. Data stays.
	rm -rf bin dist
