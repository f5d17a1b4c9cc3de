# cradle: one GNU Makefile; `make help` lists what it can do.
# V=1 shows the commands, BUILD= chooses the folder, FOLDERS= limits the sources.

VERSION  := $(shell cat VERSION)
BUILD    ?= build
# PID 1 idles on few pages: its own code and libev's lie side by side
FOLDERS  ?= core config logs secrets envsubst healthcheck control notify remote personality supervisor
CC       ?= cc
CFLAGS   ?= -Os -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wswitch-enum \
            -Wmissing-prototypes -Wframe-larger-than=8192 $(if $(CI),-Werror)
STATIC   :=

CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DCRADLE_BUILD='"$(if $(STATIC),static,dynamic)"' -DCRADLE_LIBC='"$(if $(STATIC),musl,glibc)"' -DCRADLE_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL   = -std=gnu11 $(WARN) $(CFLAGS) $(HARDEN) -ffunction-sections -fdata-sections \
               -ffile-prefix-map=$(CURDIR)=.
LDFLAGS_ALL  = -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack $(if $(HARDEN),$(if $(STATIC),-static-pie,-pie)) $(LDFLAGS)
LIBS        ?= -lev -lcurl -lcjson -lsodium -lpthread -lm

SRC    := $(wildcard $(addsuffix /*.c,$(FOLDERS)))
OBJ    := $(SRC:%.c=$(BUILD)/%.o) $(if $(filter remote,$(FOLDERS)),$(BUILD)/remote/ca_roots.o)
MAIN   := $(BUILD)/supervisor/main.o
LIB    := $(BUILD)/libcradle.a
UNITS  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
SYSTEM_TESTS ?= $(notdir $(basename $(wildcard tests/system/test_*.c)))
SYSTEM := $(addprefix $(BUILD)/system/,$(SYSTEM_TESTS))
HARNESS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/system/test_*.c),$(wildcard tests/system/*.c)))
APPS   := $(patsubst tests/apps/%.c,$(BUILD)/apps/%,$(wildcard tests/apps/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TESTS  ?= $(notdir $(UNITS))
CA_ROOTS ?= /etc/ssl/certs/ca-certificates.crt

quiet = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2);)

.PHONY: all
all: $(BUILD)/cradle ## the development build, build/cradle

$(BUILD)/cradle: $(OBJ)
	$(call quiet,LINK,$@)$(CC) $(CFLAGS_ALL) -o $@ $(OBJ) $(LDFLAGS_ALL) $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/remote/ca_roots.o: remote/ca_roots.S $(CA_ROOTS)
	@mkdir -p $(@D)
	$(call quiet,AS,$<)$(CC) -DCA_ROOTS='"$(CA_ROOTS)"' $(HARDEN) -c -o $@ $<

$(LIB): $(filter-out $(MAIN),$(OBJ))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(call quiet,TEST,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(LIB) $(LDFLAGS_ALL) -lcmocka $(LIBS)

.SECONDARY: $(HARNESS) # else made anew for every run
$(BUILD)/system/%: tests/system/%.c $(HARNESS)
	@mkdir -p $(@D)
	$(call quiet,TEST,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(HARNESS) $(LDFLAGS_ALL) -lcmocka

$(BUILD)/apps/%: tests/apps/%.c
	@mkdir -p $(@D)
	$(call quiet,APP,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -o $@ $< $(LDFLAGS_ALL)

-include $(OBJ:.o=.d) $(UNITS:=.d) $(SYSTEM:=.d) $(HARNESS:.o=.d)

# ---- the release: everything in one file --------------------------------------

comma := ,
SIZE_MAX := 1572864

.PHONY: static
static: ## the release build, build/static/cradle: musl, static-pie, CA roots inside
	@prefix=$$(toolchain/prefix.sh $(ARCH)) && $(MAKE) --no-print-directory static-in PREFIX="$$prefix"

# The objects and the size check, once the prefix is known.
static_vars = BUILD=build/static CC="$(PREFIX)/bin/musl-gcc" STATIC=1 CFLAGS='-Os -fno-asynchronous-unwind-tables -fno-unwind-tables' \
	CPPFLAGS='-isystem $(PREFIX)/include -DCURL_STATICLIB' LDFLAGS='-L$(PREFIX)/lib -Wl,--build-id=none -s $(if $(filter aarch64,$(ARCH)),,-Wl$(comma)-z$(comma)pack-relative-relocs)' \
	LIBS='-lev -lcurl -lmbedtls -lmbedx509 -lmbedcrypto -lcjson -lsodium -lpthread -lm' \
	CA_ROOTS='$(PREFIX)/share/ca-roots.pem'

.PHONY: static-in
static-in:
	@$(MAKE) --no-print-directory $(static_vars) build/static/cradle
	@toolchain/assert-static.sh build/static/cradle $(SIZE_MAX)

# ---- tests --------------------------------------------------------------------

.PHONY: unit
unit: $(addprefix $(BUILD)/unit/,$(TESTS)) ## the unit tests (TESTS="test_wire ..." for some)
	@tests/run.sh $^

.PHONY: unit-static
unit-static: static ## the unit tests on musl, as the release has it
	@prefix=$$(toolchain/prefix.sh $(ARCH)) && $(MAKE) --no-print-directory unit-static-in PREFIX="$$prefix"

.PHONY: unit-static-in
unit-static-in:
	@$(MAKE) --no-print-directory $(static_vars) unit

.PHONY: test
test: unit unit-static asan system system-dynamic ## all tests of both builds

.PHONY: valgrind
valgrind: $(addprefix $(BUILD)/unit/,$(TESTS)) ## the unit tests (TESTS=) under valgrind
	@for t in $^; do valgrind -q --error-exitcode=99 --child-silent-after-fork=yes $$t || exit 1; done

.PHONY: cover
cover: ## line coverage of the unit tests, a line a file
	@$(MAKE) --no-print-directory BUILD=build/cover HARDEN= CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage unit
	@cd build/cover && find . -name '*.gcda' ! -path './unit/*' -exec gcov -n {} + 2>/dev/null | \
	    awk -F"'" '/^File/ { f = $$2 } /^Lines/ { print $$0, f }' | grep -v '/usr/' | sort -t: -k2 -n

.PHONY: asan
asan: ## the unit tests under Address- and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory BUILD=build/asan HARDEN= CFLAGS='$(ASAN)' LDFLAGS='-fsanitize=address,undefined' unit

# the checks' red zones are no part of a frame
ASAN := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-frame-larger-than

.PHONY: system
system: $(SYSTEM) $(APPS) static npm ## the system tests (SYSTEM_TESTS=), on the static binary as PID 1
	@CRADLE=$(CURDIR)/build/static/cradle APPS=$(CURDIR)/$(BUILD)/apps tests/run.sh $(SYSTEM)

.PHONY: system-dynamic
system-dynamic: $(SYSTEM) $(APPS) all npm ## the same, on the development build
	@CRADLE=$(CURDIR)/$(BUILD)/cradle APPS=$(CURDIR)/$(BUILD)/apps tests/run.sh $(SYSTEM)

.PHONY: npm
npm: ## what the system tests run from npm, into build/npm; needs a network once
	@tests/npm.sh build/npm

SETS ?= small full next

.PHONY: fixtures
fixtures: all ## builds of real front-end tools, read back in node and a browser
	@toolchain/build-deps.sh test
	@for set in $(SETS); do tests/fixtures/run.sh $$set $(CURDIR)/$(BUILD)/cradle || exit 1; done

FUZZ_SECONDS ?= 10

$(BUILD)/fuzz/%: tests/fuzz/%.c $(SRC)
	@mkdir -p $(@D)
	$(call quiet,FUZZ,$<)clang $(CPPFLAGS_ALL) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
	    -ffunction-sections -fdata-sections -Wl,--gc-sections -o $@ $< $(LIBS)

.PHONY: fuzz
fuzz: $(FUZZERS) ## every fuzzer for FUZZ_SECONDS (10)
	@printf '%s\n' $(FUZZERS) | xargs -P "$$(nproc)" -I{} sh -c 'echo "  FUZZ  {}"; \
	    {} -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=3 -verbosity=0 >{}.log 2>&1 || { cat {}.log; exit 255; }'

.PHONY: check
check: ## everything that must pass, after installing what it needs
	@toolchain/build-deps.sh build test lint
	@.ci/run

.PHONY: demo
demo: ## build, and show the main job on a sample
	@toolchain/build-deps.sh build demo
	@$(MAKE) --no-print-directory all
	@demo/run.sh $(CURDIR)/$(BUILD)/cradle

.PHONY: bench
bench: static ## one table of figures beside the peers (ROWS="exec idle" for some)
	@toolchain/build-deps.sh bench
	@bench/run.sh $(CURDIR)/build/static/cradle

.PHONY: containers
containers: static ## build and run the example images without a Docker engine
	@docker/containers.sh

# ---- the shape of the code ----------------------------------------------------

.PHONY: layers
layers: $(OBJ) ## fail when a folder reaches what it may not
	@tests/layers.sh $(BUILD)

.PHONY: lint
lint: ## clang-tidy, cppcheck, clang-format, longest functions and files
	@tests/lint.sh

.PHONY: format
format: ## clang-format everything in place
	@clang-format -i $(wildcard $(addsuffix /*.[ch],$(FOLDERS))) $(wildcard tests/*/*.[ch])

# ---- the rest -----------------------------------------------------------------

PREFIX_DIR ?= /usr/local

.PHONY: man
man: all ## the keys and variables of cradle.json(5), from their tables
	@docs/man/refresh.sh $(BUILD)/cradle

.PHONY: install
install: all ## into PREFIX_DIR (/usr/local), with the manual pages
	install -D -m 0755 $(BUILD)/cradle $(DESTDIR)$(PREFIX_DIR)/bin/cradle
	for page in docs/man/*.[1-9]; do \
	    install -D -m 0644 $$page $(DESTDIR)$(PREFIX_DIR)/share/man/man$${page##*.}/$${page##*/}; done

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|'
