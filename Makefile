# Everything that is done to DMake is a target here; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
# Left running by `make demo KEEP=1`.
KEEP ?=
# `make bench LARGE=1` takes many minutes more.
LARGE ?=

# How many tests run at once. Without a limit each one begins at once, and one that waits for a socket then waits behind
# hundreds that compute: on a loaded machine connections were cut for their silence.
WIDTH ?= 16
# Tests take two minutes on two cores; something that hangs is to be told as that.
TEST_LIMIT ?= 30m

# What Debian 12 has and DMake builds, runs or tests with. Swift itself comes from https://swift.org/install.
PACKAGES := libxml2-dev zlib1g-dev liblzma-dev binutils gcc git make haproxy curl python3 \
  bsdextrautils bsdutils procps util-linux zsh fish mandoc graphviz
# What `make bench` compares supervising with, beside circus of PyPI. Where the system has a service manager, Debian
# starts two of them as services of their own.
PEERS := s6 runit supervisor monit python3-venv
# Each issue of a test, with its first lines: said again at the end, since thousands of lines may be in between.
export FAILURES = /^(◇|✔|✘)/ { left = / recorded an issue at / ? 15 : 0 } left-- > 0
SOURCES = $(shell git ls-files '*.swift' | grep -v /Generated/)
# Made from the commands' definitions; those of section 5 are written by hand.
PAGES := dmake dmake-agent dmake-apply dmake-leader dmake-lint dmake-status
BINDIR = $(DESTDIR)$(PREFIX)/bin
SHAREDIR = $(DESTDIR)$(PREFIX)/share

.PHONY: help deps build debug demo test nightly soak check lint fmt bench bench-deps man completions install uninstall clean proto

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

deps: ## install the Debian packages that are missing
	@.ci/install-packages $(PACKAGES)
	@command -v swift >/dev/null || { echo "swift is missing; install 6.2 or newer from https://swift.org/install" >&2; exit 1; }

build: deps ## the release: build/dmake, one static file
	swift build -c release --product dmake -Xswiftc -static-executable
	@mkdir -p build
	strip -o build/dmake.new "$$(swift build -c release --show-bin-path)/dmake"
	@if readelf --program-headers build/dmake.new | grep -q INTERP; then \
	  echo "build/dmake.new is not static" >&2; exit 1; fi
	@mv build/dmake.new build/dmake
	@ls -l build/dmake

debug: deps ## the everyday build: build/dmake-debug
	swift build --product dmake
	@mkdir -p build
	@ln -sfn "$$(swift build --show-bin-path)/dmake" build/dmake-debug

demo: build ## the web tier of Examples, end to end (KEEP=1 leaves it running)
	KEEP=$(KEEP) Examples/web-tier/demo.sh $(CURDIR)/build/dmake

test: deps ## all tests; the black-box tests run the debug binary of the same build
	swift build --build-tests
	@mkdir -p build
	timeout --foreground --kill-after=10 $(TEST_LIMIT) \
	  swift test --skip-build --experimental-maximum-parallelization-width $(WIDTH) 2>&1 | tee build/test.log \
	  || { printf '\nWhat failed, from build/test.log:\n'; awk "$$FAILURES" build/test.log; exit 1; }

# Histories of random policies, compared with an evaluator; `make test` runs some hundreds of rounds.
ROUNDS ?= 10000
# The first seed; with another night's, its histories are played again.
FIRST ?= $(shell date +%Y%m%d000)
nightly: deps ## many more random histories than `make test` has, others each day (ROUNDS=10000)
	swift build --build-tests
	DMAKE_ORACLE_ROUNDS=$(ROUNDS) DMAKE_ORACLE_FIRST=$(FIRST) swift test --skip-build --experimental-maximum-parallelization-width $(WIDTH) \
	  --filter RandomHistoryTests
	DMAKE_SIM_SEEDS=500 swift test --skip-build --experimental-maximum-parallelization-width $(WIDTH) \
	  --filter SimulationTests

# How long, and which draws; without a seed, others each time.
MINUTES ?= 30
SEED ?=
soak: debug ## faults of all kinds around real processes, for half an hour (MINUTES=2, SEED=7 plays draws again)
	Tests/Soak/soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(CURDIR)/build/dmake-debug

check: lint ## what must pass before a change goes in
	$(MAKE) test DMAKE_STRICT=1

lint: ## the format, and whether generated code is fresh
	@swift format lint --strict $(SOURCES)
	@sha256sum --check --quiet Sources/WireFormat/Protos/generated.sha256 \
	  || { echo "the .proto files or the code made of them changed; run \`make proto\`" >&2; exit 1; }

fmt: ## format the sources
	swift format --in-place $(SOURCES)

bench: build ## the benchmarks, each beside its floor (LARGE=1: up to 500,000 rules)
	Benchmarks/run $(CURDIR)/build/dmake
	Benchmarks/supervision $(CURDIR)/build/dmake
	DMAKE_BENCHMARKS=1 swift build -c release --product Rounds -Xswiftc -static-executable
	DMAKE_BENCHMARKS=1 swift build -c release --product Load -Xswiftc -static-executable
	Benchmarks/rounds $(CURDIR)/build/dmake "$$(swift build -c release --show-bin-path)/Rounds" $(if $(LARGE),large)
	Benchmarks/load $(CURDIR)/build/dmake "$$(swift build -c release --show-bin-path)/Load"

bench-deps: ## install the supervisors that the benchmarks compare with
	@.ci/install-packages $(PEERS)
	@[ -x build/peers/bin/circusd ] || { python3 -m venv build/peers && build/peers/bin/pip --quiet install circus; }

man: debug ## man/*.1, from the tool's own help
	@mkdir -p man
	for page in $(PAGES); do build/dmake-debug manual $$page >man/$$page.1; done

completions: debug ## completions/, for bash, zsh and fish
	@mkdir -p completions
	build/dmake-debug --generate-completion-script bash >completions/dmake.bash
	build/dmake-debug --generate-completion-script zsh >completions/_dmake
	build/dmake-debug --generate-completion-script fish >completions/dmake.fish

install: ## copy the release to DESTDIR/PREFIX (after `make build`)
	install -D -m 755 build/dmake $(BINDIR)/dmake
	install -d $(SHAREDIR)/man/man1 $(SHAREDIR)/man/man5
	install -m 644 man/*.1 $(SHAREDIR)/man/man1
	install -m 644 man/*.5 $(SHAREDIR)/man/man5
	install -D -m 644 completions/dmake.bash $(SHAREDIR)/bash-completion/completions/dmake
	install -D -m 644 completions/_dmake $(SHAREDIR)/zsh/site-functions/_dmake
	install -D -m 644 completions/dmake.fish $(SHAREDIR)/fish/vendor_completions.d/dmake.fish

uninstall: ## remove what `install` copied
	rm -f $(BINDIR)/dmake
	rm -f $(patsubst man/%,$(SHAREDIR)/man/man1/%,$(wildcard man/*.1))
	rm -f $(patsubst man/%,$(SHAREDIR)/man/man5/%,$(wildcard man/*.5))
	rm -f $(SHAREDIR)/bash-completion/completions/dmake $(SHAREDIR)/zsh/site-functions/_dmake
	rm -f $(SHAREDIR)/fish/vendor_completions.d/dmake.fish

clean: ## remove what was built
	rm -rf .build build

PROTOC = protoc --proto_path Sources/WireFormat/Protos
PROTOS = $(wildcard Sources/WireFormat/Protos/*.proto)

proto: ## generate the code of the .proto files again
	@.ci/install-packages protobuf-compiler
	swift build --product protoc-gen-swift
	swift build --product protoc-gen-grpc-swift-2
	bin=$$(swift build --show-bin-path); \
	$(PROTOC) --plugin=$$bin/protoc-gen-swift --swift_opt=Visibility=Public \
	  --swift_opt=UseAccessLevelOnImports=true --swift_out=Sources/WireFormat/Generated $(PROTOS); \
	$(PROTOC) --plugin=$$bin/protoc-gen-grpc-swift-2 --grpc-swift-2_opt=Visibility=Internal \
	  --grpc-swift-2_opt=ExtraModuleImports=WireFormat \
	  --grpc-swift-2_out=Sources/Transport/Generated Sources/WireFormat/Protos/group.proto
	sha256sum $(PROTOS) Sources/*/Generated/*.swift >Sources/WireFormat/Protos/generated.sha256
