# SPDX-License-Identifier: GPL-2.0-or-later
#
# A front for meson that also fetches the Debian packages it needs.
#
#   make check BUILD=/tmp/b              builds somewhere else
#   make MESON_FLAGS=-Dwerror=true       options for a new build directory
#   make check-vm KERNELS="6.1 new"   some of tests/vm/kernels
#   make install DESTDIR=/tmp/root       for packagers
#   make fuzz TIME=3600                  an hour for each target

BUILD ?= build
MESON_FLAGS ?=
KERNELS ?=
# On a build server a warning is an error.
ifneq ($(CI),)
MESON_FLAGS += -Dwerror=true
endif

deps = @bash scripts/install-deps.sh

all: ## build the command, build/bpfvlan
	$(deps) build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_FLAGS)
	@ninja -C $(BUILD)

demo: all ## show slaves, host and wire reaching each other (root)
	$(deps) demo
	@BUILD=$(abspath $(BUILD)) demo/demo.sh

# The tests' packages come first: meson leaves out tests that it cannot build.
check: ## run all tests and lints (root)
	$(deps) build test
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) tests/run-all

# Every difference must be justified, and nothing missing.
conformance: all ## the kernel's drivers and bpfvlan, every frame, compared (root)
	$(deps) build test
	@BUILD=$(abspath $(BUILD)) tests/conformance/run

check-vm: ## virtual machines on taps; tests in QEMU, on all kernels or KERNELS="..." (root)
	$(deps) build test vm
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) tests/run-all $(or $(KERNELS:%=vm-%),check-vm)

vm-verified: all ## write tests/vm/verified anew, on all kernels or KERNELS="..."
	$(deps) build vm
	@BUILD=$(abspath $(BUILD)) tests/vm/record $(KERNELS)

vm-matrices: all ## write the matrices of other kernels, and docs/conformance.md, anew
	$(deps) build test vm
	@BUILD=$(abspath $(BUILD)) tests/vm/record-matrices $(KERNELS)

fuzz: all ## look for inputs that fail, other ones each time
	$(deps) build test
	@BUILD=$(abspath $(BUILD)) tests/run-all fuzz
	@bash tests/fuzz/hunt.sh $(or $(TIME),300)

lint: ## run the lints alone
	$(deps) build test
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) tests/run-all lint

bench: all ## measure against the kernel's macvlan (root)
	$(deps) bench
	@BUILD=$(abspath $(BUILD)) bench/run

install: all ## install command, library, manual and completion
	@meson install -C $(BUILD) --no-rebuild

clean: ## remove what was built
	rm -rf $(BUILD) build-san

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST))

.PHONY: all demo check conformance fuzz check-vm vm-verified vm-matrices lint bench install clean
.PHONY: help
