# blemqttd: `make help` lists the targets.

SHELL := /bin/bash
# What the program is compiled against; deploy/toolchain adds what the Swift toolchain itself lacks. `make run` needs no more than these, and
# a Mosquitto where it starts one.
APT_BUILD := libbluetooth-dev libssl-dev libyaml-dev
APT_TEST := ca-certificates git iproute2 mosquitto mosquitto-clients openssl python3-jsonschema tshark
APT_CONFORMANCE := mosquitto mosquitto-clients rabbitmq-server python3-venv
APT_DEB := binutils debhelper dpkg-dev fakeroot git lintian man-db
APT_RELEASE := apt-utils gnupg python3
# What deploy/sdk unpacks the libraries for another architecture with.
APT_SDK := debian-archive-keyring
APT_BENCH := mosquitto mosquitto-clients libmosquitto-dev gcc libc6-dev python3

# What is built for: this machine's architecture, or ARCH=arm64 from any other.
NATIVE := $(shell dpkg --print-architecture)
ARCH := $(NATIVE)
ifneq ($(filter-out $(NATIVE) arm64,$(ARCH)),)
$(error there is no building for $(ARCH) here: ARCH=arm64, or nothing for $(NATIVE)$(if $(filter armhf armel,$(ARCH)),: neither Debian nor Swift has a library for 32-bit ARM))
endif
CROSS := $(filter-out $(NATIVE),$(ARCH))

BINARY := .build/$(or $(CROSS),release)/blemqttd
# One file with the Swift library and libstdc++ in it: shared, libstdc++ alone would cost 1 MB of resident memory.
STATIC_LIBS := .build/static-libs
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# What listens has packages, which are fetched for it: TRAITS= leaves it out, and what of the tests is about it.
TRAITS := --traits Tools
export TRAITS
TEST_FLAGS = --enable-code-coverage $(SWIFT_FLAGS) $(TRAITS) $(shell deploy/toolchain --tests)
# No RUNPATH, by which a library planted beside the program would be loaded; and no table of addresses that can be written once it runs.
# No build identifier: it depends on the directory, by the debugging information, which the package does not have.
# LLVM's linker, which every Swift toolchain has: it keeps constants apart from code and, by the script, from what is written (docs/adr/0002-*).
RELEASE_FLAGS := -c release --static-swift-stdlib $(SWIFT_FLAGS) --disable-local-rpath \
	-Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker --build-id=none \
	-Xswiftc -use-ld=lld -Xlinker -T -Xlinker $(CURDIR)/deploy/layout.ld
NATIVE_FLAGS := $(RELEASE_FLAGS) -Xswiftc -L$(CURDIR)/$(STATIC_LIBS)
# Return addresses are signed where the processor can; on others the instructions do nothing.
ARM64_FLAGS := -Xcc -mbranch-protection=standard

# Where PATH has no Swift, as under sudo.
TOOLCHAIN := $(shell deploy/toolchain --directory)
ifneq ($(TOOLCHAIN),)
export PATH := $(PATH):$(TOOLCHAIN)
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## scan and publish; without adapter: a bundled capture, to a Mosquitto of its own
	@deploy/run $(BINARY)

.PHONY: test
test: build ## all tests: unit, and integration with a real Mosquitto
	@deploy/need $(APT_TEST)
	swift test $(TEST_FLAGS) --skip "IntegrationTests|MQTTClientTests"
	@# Apart: the tests of the parts keep every processor busy, and these have a real broker's time to keep; so no more than six at a time.
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=6 BLEMQTTD=$(CURDIR)/$(BINARY) swift test $(TEST_FLAGS) --skip-build --filter "IntegrationTests|MQTTClientTests"

.PHONY: lint
lint: ## quick checks that need no build: the glossary's words, links and messages of README and docs
	Tests/words
	Tests/Docs/check

.PHONY: simulate
simulate: ## the whole daemon through SEEDS (100000) drawn sequences of events, from FIRST_SEED (1) on; a failure's seed plays it again
	@deploy/need $(APT_BUILD)
	Tests/simulate $(or $(SEEDS),100000) $(or $(FIRST_SEED),1)

.PHONY: all-checks
all-checks: ## everything that .ci/run has, and what takes longer: a hundred thousand seeds, newer Debians, the lab's and the faults' long variants, arm64
	.ci/run
	$(MAKE) simulate
	$(MAKE) roots-test
	$(MAKE) lab SCENARIOS=all
	$(MAKE) faults LONG=1
	$(MAKE) lab ARCH=arm64
	$(MAKE) faults ARCH=arm64
	$(MAKE) faults ARCH=arm64 TLS=1
	$(MAKE) package-test SCENARIOS=all
	$(MAKE) package-test ARCH=arm64 SCENARIOS=all
	$(MAKE) emulated-test
	$(MAKE) release-test
	$(MAKE) reproducible

# What every build needs.
.PHONY: libraries
libraries:
	@packages=$$(deploy/toolchain --packages) && deploy/need $(APT_BUILD) $$packages
	@mkdir -p $(STATIC_LIBS)
	@archive=$$({ clang -print-file-name=libstdc++.a || cc -print-file-name=libstdc++.a; } 2>/dev/null | head -n 1); \
		if [ -f "$$archive" ]; then ln -sf "$$archive" $(STATIC_LIBS)/libstdc++.a; fi

.PHONY: build
build: $(if $(CROSS),,libraries) ## the release binary, .build/release/blemqttd; ARCH=arm64: for a Raspberry Pi, .build/arm64/blemqttd
ifdef CROSS
	@deploy/need $(APT_SDK)
	sdk=$$(deploy/sdk $(CROSS)) && swift build --product blemqttd --scratch-path .build/$(CROSS) --swift-sdks-path $$sdk --swift-sdk $(CROSS) \
		$(RELEASE_FLAGS) $(ARM64_FLAGS) -Xswiftc -L$$sdk/sysroot/usr/lib/static -Xlinker $$sdk/sysroot/usr/lib/static/isoc23.o
	ln -f .build/$(CROSS)/release/blemqttd $(BINARY)
else
	swift build --product blemqttd $(NATIVE_FLAGS) $(if $(filter arm64,$(NATIVE)),$(ARM64_FLAGS))
endif
	@# Under sudo: what was built belongs to whom the sources belong, who builds without it the next time.
	@if [ -n "$$SUDO_USER" ]; then chown -R --reference=. .build; fi

.PHONY: lab
lab: $(if $(LIST),,build) ## scan virtual controllers in a QEMU guest with Debian's kernel; SCENARIOS=all: the long ones too, LIST=1: name them, ARCH=arm64, KERNEL=trixie: that of another Debian
	ARCH=$(CROSS) Tests/Lab/run $(SCENARIOS)

.PHONY: conformance
conformance: build ## DURATION seconds (60) at Mosquitto, RabbitMQ and amqtt; none may find a fault
	@deploy/need $(APT_CONFORMANCE)
	Tests/Conformance/run

.PHONY: package-test
package-test: $(if $(LIST),,deb) ## install the package by apt in a QEMU guest with systemd, use it, upgrade it, purge it; SCENARIOS=all: a first boot too, LIST=1: name them, ARCH=arm64: in Debian 13 for arm64
	ARCH=$(CROSS) Tests/Package/run $(SCENARIOS)

.PHONY: minimal-test
minimal-test: ## make run in a Debian that has only make, git and the Swift toolchain
	Tests/Minimal/run

.PHONY: roots-test
roots-test: ## make run, test, deb and apt install in Debian 13 with this Swift toolchain, and in sid with Debian's; ROOTS=sid: only there
	Tests/Roots/run $(ROOTS)

.PHONY: faults
faults: $(if $(LIST),,build) ## break broker, network, TLS and machine in that guest; ROWS="4 9 26": only those, LONG=1, TLS=1: long variants, all over TLS, LIST=1: name them, ARCH=arm64
	ARCH=$(CROSS) Tests/Faults/run $(ROWS)

.PHONY: bench
bench: build ## CPU, latency, throughput and allocations, beside a bare C relay
	@deploy/need $(APT_BENCH)
	Benchmarks/run

.PHONY: instructions
instructions: ## instructions an advertisement, on x86-64 beside arm64, counted by QEMU
	$(MAKE) build
	$(MAKE) build ARCH=arm64
	@deploy/need gcc libc6-dev mosquitto python3 qemu-user
	Benchmarks/instructions/run

.PHONY: peers
peers: build ## TheengsGateway beside blemqttd at the same virtual controller in that guest: what comes out, memory, recovery
	Benchmarks/peers/run $(SCENES)

.PHONY: emulated-test
emulated-test: ## the tests with a real broker against the program for arm64, under QEMU's user emulation; FILTER=name: only those
	$(MAKE) build
	$(MAKE) build ARCH=arm64
	@deploy/need $(APT_TEST)
	swift build --build-tests $(TEST_FLAGS)
	Tests/emulated $(FILTER)

.PHONY: deb
deb: build ## the Debian package, .build/deb/blemqttd_*.deb, checked by lintian; ARCH=arm64: for a Raspberry Pi
	@deploy/need $(APT_DEB) $(if $(CROSS),binutils-aarch64-linux-gnu)
	deploy/package $(BINARY) $(CURDIR)/.build/deb
	Tests/Package/hardening .build/deb/blemqttd_*_$(ARCH).deb
	lintian --allow-root --fail-on error,warning .build/deb/blemqttd_*_$(ARCH).deb

# Where a release is laid out, apart from what is built, which may be newer.
DOWNLOAD := .build/download

.PHONY: release
release: ## what a download page needs, .build/download: packages, checksums, SBOMs, apt repository; KEY=fingerprint signs it
	@deploy/need $(APT_RELEASE)
	$(MAKE) deb ARCH=$(NATIVE)
ifeq ($(NATIVE),arm64)
	@echo "there is no building for amd64 on arm64: this release is for arm64 alone"
else
	$(MAKE) deb ARCH=arm64
endif
	KEY=$(KEY) deploy/release $(DOWNLOAD) $(sort $(NATIVE:%=.build/deb/blemqttd_*_%.deb) .build/deb/blemqttd_*_arm64.deb)

.PHONY: release-test
release-test: ## release with a key made for it, and install from that repository by apt; what was tampered with is refused
	Tests/Release/run

.PHONY: reproducible
reproducible: ## build the packages in two directories, and compare their bytes
	Tests/Release/reproducible

.PHONY: coverage
coverage: ## line coverage of the pure modules
	@deploy/need $(APT_BUILD) $(APT_TEST)
	Tests/coverage

.PHONY: generate
generate: libraries ## what comes from tables: config.yaml.example, manual pages, completions, docs/configuration.md, parts of two files in docs; the picture there
	swift build --product documents $(NATIVE_FLAGS)
	.build/release/documents .
	Tests/Docs/picture --write

.PHONY: clean
clean: ## remove what was built
	rm -rf .build
