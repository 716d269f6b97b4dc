# SwiftClaw. `make help` lists the targets.
#
# A fresh clone needs a Swift 6.2+ toolchain (https://www.swift.org/install/) and nothing else: `make run` installs
# missing system packages, builds and starts the gateway.

SHELL := /bin/bash
SWIFT ?= swift
# Arguments of `swiftclaw serve`, e.g. make run ARGS="--port 8080"
ARGS ?=
# Selects tests, e.g. make test FILTER=ClawJSONTests
FILTER ?=
# A server for make conformance, and its token
URL ?=
TOKEN ?=

# The Swift runtime is linked statically, so that the binary runs on machines without a toolchain; glibc stays dynamic.
# The linker drops unreferenced sections, and merges identical functions whose address is not taken.
RELEASE_FLAGS := -c release --static-swift-stdlib -Xlinker --gc-sections -Xlinker --no-export-dynamic -Xlinker --icf=safe
# Relative relocations in compact form (DT_RELR), supported since glibc 2.36; older versions report an error at startup.
GLIBC := $(lastword $(shell getconf GNU_LIBC_VERSION 2>/dev/null))
ifeq ($(shell printf '%s\n' 2.36 '$(GLIBC)' | sort -V | head -1),2.36)
RELEASE_FLAGS += -Xlinker -z -Xlinker pack-relative-relocs
endif
RELEASE := $(RELEASE_FLAGS) --product swiftclaw

.DEFAULT_GOAL := help
.PHONY: help run build setup test conformance check format bench clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## sets up, builds a release and starts the gateway (ARGS="--port 8080")
	@exec "$$($(SWIFT) build $(RELEASE) --show-bin-path)/swiftclaw" serve $(ARGS)

build: setup ## builds the release binary
	$(SWIFT) build $(RELEASE)

setup: ## installs the system packages that are missing
	@scripts/setup.sh

test: ## runs all tests, on both databases, the conformance suites and the fault run (FILTER=ClawJSONTests for some, on SQLite)
	@scripts/setup.sh tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build $(if $(FILTER),--filter '$(FILTER)')
ifeq ($(FILTER),)
	SWIFTCLAW_TEST_STORE=postgres $(SWIFT) test --skip-build --filter WireTests
	Conformance/ours --binary "$$($(SWIFT) build --show-bin-path)/swiftclaw"
	Conformance/faults/run --binary "$$($(SWIFT) build --show-bin-path)/swiftclaw"
	Conformance/autobahn/run all --echo "$$($(SWIFT) build --show-bin-path)/swiftclaw-echo"
endif

conformance: ## tests a server for conformance (URL=http://… TOKEN=…); without URL our own, including Autobahn for RFC 6455
	@scripts/setup.sh tests
ifeq ($(URL),)
	$(SWIFT) build
	Conformance/ours --binary "$$($(SWIFT) build --show-bin-path)/swiftclaw" --slow
	Conformance/autobahn/run all --echo "$$($(SWIFT) build --show-bin-path)/swiftclaw-echo"
else
	Conformance/run --url '$(URL)' --token '$(TOKEN)'
endif

check: ## format, import rules and forbidden words; changes nothing
	@scripts/check.sh

format: ## formats the sources
	$(SWIFT) format --in-place --recursive --parallel --configuration .swift-format \
	  $(wildcard Sources Tests Examples Benchmarks Package.swift)

bench: setup ## measures footprint, latency and throughput of a release build
	@if [ -x Benchmarks/run ]; then exec env RELEASE_FLAGS='$(RELEASE_FLAGS)' Benchmarks/run; \
	else echo "Benchmarks/run is missing: this checkout has no benchmarks" >&2; exit 1; fi

clean: ## removes build products
	rm -rf .build
