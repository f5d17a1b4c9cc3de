# cradle: one GNU Makefile; `make help` lists what it can do.
# V=1 shows the commands, BUILD= chooses the folder, FOLDERS= limits the sources.

VERSION  := $(shell cat VERSION)
BUILD    ?= build
FOLDERS  ?= core config supervisor logs secrets envsubst healthcheck notify remote
CC       ?= cc
CFLAGS   ?= -Os -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wswitch-enum \
            -Wmissing-prototypes -Wframe-larger-than=8192 $(if $(CI),-Werror)
STATIC   :=

CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DCRADLE_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL   = -std=gnu11 $(WARN) $(CFLAGS) $(HARDEN) -ffunction-sections -fdata-sections \
               -ffile-prefix-map=$(CURDIR)=.
LDFLAGS_ALL  = -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack $(if $(HARDEN),$(if $(STATIC),-static-pie,-pie)) $(LDFLAGS)
LIBS        ?= -lcurl -lcjson -lsodium -lev -lpthread -lm

SRC    := $(wildcard $(addsuffix /*.c,$(FOLDERS)))
OBJ    := $(SRC:%.c=$(BUILD)/%.o) $(if $(filter remote,$(FOLDERS)),$(BUILD)/remote/ca_roots.o)
MAIN   := $(BUILD)/supervisor/main.o
LIB    := $(BUILD)/libcradle.a
UNITS  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
SYSTEM := $(patsubst tests/system/%.c,$(BUILD)/system/%,$(wildcard tests/system/test_*.c))
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

$(BUILD)/system/%: tests/system/%.c $(HARNESS)
	@mkdir -p $(@D)
	$(call quiet,TEST,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(HARNESS) $(LDFLAGS_ALL) -lcmocka

$(BUILD)/apps/%: tests/apps/%.c
	@mkdir -p $(@D)
	$(call quiet,APP,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -o $@ $< $(LDFLAGS_ALL)

-include $(OBJ:.o=.d) $(UNITS:=.d) $(SYSTEM:=.d) $(HARNESS:.o=.d)

