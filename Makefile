# Millrace. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
NPM     ?= npm
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
export CGO_ENABLED = 0
WEB_STAMP := web/node_modules/.stamp
WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts web/package.json 2>/dev/null)

.PHONY: help build run test test-go test-web check verify lint gen bench e2e clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

$(WEB_STAMP): web/package-lock.json
	# npm ci refuses a lock without the linter's binaries for other platforms, which the registry does not always hold.
	cd web && $(NPM) install --no-save --no-audit --no-fund
	@touch $@

web/dist/index.html: $(WEB_STAMP) $(WEB_SOURCES)
	cd web && $(NPM) run build

build: web/dist/index.html ## Build the UI and bin/millrace
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/millrace ./cmd/millrace

run: build ## Start with a demo organisation on an embedded database in ./data
	bin/millrace serve --data data --listen 127.0.0.1:8080 --demo

test: check test-go test-web e2e ## Everything: checks, Go tests on both engines under -race, web tests, browser journeys

test-go: ## Go tests on SQLite and PostgreSQL, with the race detector
	@scripts/need-postgres
	MILLRACE_REQUIRE_POSTGRES=1 CGO_ENABLED=1 $(GO) run ./internal/platform/db/dbtest/withpostgres \
		$(GO) test -race -timeout 30m ./...

test-web: $(WEB_STAMP) ## Unit tests of the UI
	cd web && $(NPM) test

check: web/dist/index.html ## Formatting, vet, types, bundle size
	@test -z "$$(gofmt -l cmd internal web e2e)" || { gofmt -l cmd internal web e2e; echo 'run gofmt -w on these files'; exit 1; }
	$(GO) vet ./...
	cd web && $(NPM) run check && $(NPM) run size

verify: build ## Prove that generated files are up to date and the module files are tidy
	bin/millrace openapi > api/openapi.json.new && diff -u api/openapi.json api/openapi.json.new && rm api/openapi.json.new
	$(GO) mod verify

lint: check ## check, and golangci-lint where it is installed
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo 'golangci-lint is not installed; vet and formatting were checked'; fi

gen: ## Regenerate api/openapi.json and the UI types made from it
	@mkdir -p api && touch web/dist/.gitkeep
	$(GO) run ./cmd/millrace openapi > api/openapi.json.new && mv api/openapi.json.new api/openapi.json
	cd web && $(NPM) run gen

bench: ## The figures of docs/reference/benchmarks.md, both engines
	@scripts/need-postgres
	$(GO) run ./internal/platform/db/dbtest/withpostgres scripts/bench

e2e: build ## Journeys of the real binary and in a browser
	@scripts/need-chromium
	cd web && MILLRACE_BIN=../bin/millrace $(NPM) run e2e

clean: ## Remove what was built
	rm -rf bin web/dist/assets web/dist/index.html web/node_modules
