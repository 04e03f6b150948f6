# Banditore: the town crier in a box. `make help` lists what can be made.
#
# One file, no recursion but for variants: every .c of a folder belongs to it, objects of each variant live apart in
# build/<variant>, and build/banditore is always the program. What the build needs is installed by package name.

MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
-include config.mk

CC      ?= cc
PREFIX  ?= /usr/local
SAN     ?=
COV     ?=
V       ?= 0
WERROR  ?= -Werror
CROSS   ?=
ifeq ($(origin CC),default)
CC      := $(CROSS)gcc
endif
AR      := $(CROSS)ar

comma   := ,
VARIANT := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(if $(COV),cov,$(if $(CROSS),$(patsubst %-,%,$(CROSS)),plain)))
B       := build/$(VARIANT)
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' '$1' '$2';)

# ---- packages: asked of dpkg first, of apt only for what is missing, once for each set --------------------------------
PACKAGES_build := gcc libc6-dev libserialport-dev libsqlite3-dev libconfig-dev libjansson-dev libsodium-dev libcurl4-openssl-dev libmicrohttpd-dev \
	libevdev-dev libgnutls28-dev tzdata $(if $(shell command -v npm 2>/dev/null),,npm)
PACKAGES_run   := $(PACKAGES_build)
PACKAGES_check := $(PACKAGES_run) libcmocka-dev gammu jq curl openssl iproute2 \
	espeak-ng python3-icalendar
PACKAGES_lint  := $(PACKAGES_check) clang clang-format clang-tidy cppcheck universal-ctags shellcheck
PACKAGES_fuzz  := $(PACKAGES_build) clang
PACKAGE_SET := $(or $(if $(filter lint format,$(MAKECMDGOALS)),lint),$(if $(filter fuzz,$(MAKECMDGOALS)),fuzz),\
	$(if $(filter unit check% coverage bench,$(MAKECMDGOALS)),check),$(if $(filter run,$(MAKECMDGOALS)),run),build)
PACKAGES_READY := build/.packages-$(PACKAGE_SET)
$(PACKAGES_READY): tests/packages.sh
	$(Q)mkdir -p build
	$(Q)sh tests/packages.sh $(PACKAGES_$(PACKAGE_SET))
	$(Q)touch $@

# ---- flags ------------------------------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wpedantic $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wvla -Wformat=2 -Wundef -Wwrite-strings -Wcast-qual -Wpointer-arith -Wswitch-enum -Wnull-dereference \
	-Wimplicit-fallthrough
OPTIMISE := $(if $(SAN)$(COV),-O1 -fno-omit-frame-pointer,-O2 -D_FORTIFY_SOURCE=2)
HARDEN   := $(if $(SAN),,-fstack-protector-strong -fPIE)
CFLAGS   ?= -g
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE $(WARNINGS) $(OPTIMISE) $(HARDEN) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -Wno-format-truncation -Wno-maybe-uninitialized) \
	$(if $(COV),--coverage) -I. -I$(B)/gen -isystem /usr/include/libevdev-1.0 -pthread $(CFLAGS)
ALL_LDFLAGS := -pthread $(if $(SAN),-fsanitize=$(SAN),-pie -Wl,-z,relro,-z,now -Wl,--as-needed) $(if $(COV),--coverage) $(LDFLAGS)
LIBS     := -lserialport -lsqlite3 -lconfig -ljansson -lsodium -levdev -lm
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# ---- sources ----------------------------------------------------------------------------------------------------------
FOLDERS  := config modem db firmware-host
SOURCES  := $(foreach d,$(FOLDERS),$(sort $(wildcard $d/*.c $d/*/*.c)))
HEADERS  := $(foreach d,$(FOLDERS),$(sort $(wildcard $d/*.h $d/*/*.h)))
OBJECTS  := $(SOURCES:%.c=$(B)/%.o)
MAIN     := $(B)/firmware-host/main.o
LIBRARY  := $(B)/libbanditore.a
UNIT_SUPPORT := $(filter-out $(wildcard tests/unit/test_*.c),$(sort $(wildcard tests/unit/*.c)))
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
BENCH    := $(patsubst tests/bench/%.c,$(B)/bench/%,$(sort $(wildcard tests/bench/*.c)))
SIM      := $(B)/modem-sim
GRAPH_SIM := $(B)/graph-sim
GRAPH_SIM_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/graph-sim/*.c)) tests/sim/control_client.c)
FUZZERS  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
TEST_C   := $(sort $(wildcard tests/*/*.c tests/*/*.h))

# ---- build ------------------------------------------------------------------------------------------------------------
all: build/banditore ## the program, warnings are errors

build/banditore: $(B)/banditore
	$(Q)ln -sfn $(VARIANT)/banditore $@

$(B)/banditore: $(MAIN) $(LIBRARY) $(B)/version.o
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) $(LIBS)

$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	$(Q)rm -f $@
	$(call say,AR,$@) $(AR) rcs $@ $^

$(B)/%.o: %.c $(B)/flags | $(PACKAGES_READY)
	$(Q)mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

# Files that are also built in, as octets.
GENERATED := $(B)/gen/texts_it_cfg.inc $(B)/gen/keypad_cfg.inc
$(B)/config/texts.o: $(B)/gen/texts_it_cfg.inc
$(B)/firmware-host/keypad/sheet_read.o: $(B)/gen/keypad_cfg.inc
$(B)/gen/texts_it_cfg.inc: config/texts.it.cfg
$(B)/gen/keypad_cfg.inc: config/keypad.cfg
$(GENERATED):
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'static const char $(basename $(@F))[] = {'; od -An -v -tx1 $< | sed 's/\([0-9a-f][0-9a-f]\)/(char)0x\1,/g'; echo '0x00};'; } > $@

# The console's page is built in too: its own files, and those of bootstrap-italia it uses, which npm brings by lock file.
WEB          := firmware-host/console/web
WEB_FILES    := $(WEB)/pack.sh $(wildcard $(WEB)/*.* $(WEB)/texts/*)
NODE_MODULES := build/console/node_modules
ASSETS       := $(B)/gen/console_assets.inc
$(B)/firmware-host/console/assets.o: $(ASSETS)
$(ASSETS): $(WEB_FILES) $(NODE_MODULES)/.ready
	$(Q)mkdir -p $(@D)
	$(Q)$(WEB)/pack.sh $(NODE_MODULES) > $@
$(NODE_MODULES)/.ready: $(WEB)/package.json $(WEB)/package-lock.json | $(PACKAGES_READY)
	$(Q)mkdir -p build/console && cp $^ build/console/
	$(call say,NPM,$(NODE_MODULES)) npm ci --prefix build/console --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 \
	--fetch-timeout=30000 >build/npm.log 2>&1 || { rm -rf $(NODE_MODULES); mkdir -p $(NODE_MODULES); \
	echo 'note: npm could not fetch bootstrap-italia (build/npm.log): the console is built without its look; rm -r build/console and make again' >&2; }
	$(Q)touch $@

# The version lives in one object, so that a commit rebuilds nothing else.
$(B)/version.o: $(B)/version.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/version.c: FORCE | $(PACKAGES_READY)
	$(Q)mkdir -p $(@D)
	$(Q)printf '#include "firmware-host/version.h"\nconst char banditore_version[] = "%s";\n' '$(VERSION)' > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# Rebuilds everything of a variant when compiler or flags change.
$(B)/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(CC) $(ALL_CFLAGS)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(SIM): $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/sim/*.c)))
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) $(LIBS)
build/modem-sim: $(SIM)
	$(Q)ln -sfn $(VARIANT)/modem-sim $@

$(GRAPH_SIM): $(GRAPH_SIM_OBJECTS)
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) -lmicrohttpd -lcurl -lgnutls -ljansson -lsodium
build/graph-sim: $(GRAPH_SIM)
	$(Q)ln -sfn $(VARIANT)/graph-sim $@

$(B)/tests/%: $(B)/tests/unit/%.o $(UNIT_SUPPORT:%.c=$(B)/%.o) $(LIBRARY) $(B)/version.o
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) $(LIBS) -lcmocka
$(B)/bench/%: $(B)/tests/bench/%.o $(LIBRARY) $(B)/version.o
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) $(LIBS)
$(B)/tests/unit/%.o: private EXTRA := -DTESTS_DIR='"$(CURDIR)/tests"'
.SECONDARY:

-include $(OBJECTS:.o=.d) $(patsubst tests/%.c,$(B)/tests/%.d,$(wildcard tests/*/*.c))

# ---- what people call -------------------------------------------------------------------------------------------------
run: all build/modem-sim build/graph-sim ## a small invented comune, simulated: one alert to the last citizen, then stays up
	$(Q)tests/demo/run.sh build

check: unit-programs all build/modem-sim build/graph-sim ## every test; ends with "N passed, N failed"
	$(Q)tests/run.sh $(B) $(UNIT)

unit-programs: $(UNIT)
unit: $(UNIT) $(SIM) ## unit tests only
	$(Q)tests/run.sh --unit-only $(B) $(UNIT)

check-asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory check-variant SAN=address,undefined
check-tsan: ## the tests under ThreadSanitizer
	$(Q)$(MAKE) --no-print-directory check-variant SAN=thread
check-variant: $(UNIT) $(B)/banditore $(SIM) $(GRAPH_SIM)
	$(Q)tests/run.sh $(B) $(UNIT)

coverage: ## line coverage of the tests, a line a file
	$(Q)$(MAKE) --no-print-directory check-variant COV=1
	$(Q)tests/coverage.sh build/cov $(SOURCES)

bench: all build/modem-sim build/graph-sim $(BENCH) ## figures against the simulator; PEERS=1 runs smstools and gammu-smsd beside it
	$(Q)PEERS=$(PEERS) tests/bench/run.sh $(B)

FUZZTIME ?= 60
fuzz: $(GENERATED) $(ASSETS) | $(PACKAGES_READY) ## each parser under libFuzzer for FUZZTIME seconds
	$(Q)tests/fuzz/run.sh $(FUZZTIME) $(FUZZERS)

lint: compile_commands.json | $(PACKAGES_READY) ## layers, sizes, format, headers, clang-tidy, cppcheck
	$(Q)tests/lint/run.sh $(B) '$(ALL_CFLAGS)'

format: | $(PACKAGES_READY) ## rewrite the sources in the house's format
	$(Q)clang-format -i $(SOURCES) $(HEADERS) $(TEST_C)

compile_commands.json: Makefile $(SOURCES) $(TEST_C) $(GENERATED) $(ASSETS)
	$(Q){ sep='['; for f in $(SOURCES) $(filter %.c,$(TEST_C)); do \
	printf '%s{"directory":"$(CURDIR)","file":"%s","command":"cc %s -DTESTS_DIR=\\"\\" -c %s"}' "$$sep" "$$f" '$(filter-out -fanalyzer,$(ALL_CFLAGS))' "$$f"; \
	sep=','; done; echo ']'; } > $@

install: all ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/banditore $(DESTDIR)$(PREFIX)/bin/banditore
	install -D -m 644 config/texts.it.cfg $(DESTDIR)$(PREFIX)/share/banditore/texts.it.cfg
	install -D -m 644 config/texts.de.cfg $(DESTDIR)$(PREFIX)/share/banditore/texts.de.cfg
	install -D -m 644 config/keypad.cfg $(DESTDIR)$(PREFIX)/share/banditore/keypad.cfg
	install -D -m 644 config/keypad.de.cfg $(DESTDIR)$(PREFIX)/share/banditore/keypad.de.cfg
	install -D -m 644 config/banditore.cfg.example $(DESTDIR)$(PREFIX)/share/banditore/banditore.cfg.example

clean: ## remove what was built
	rm -rf build compile_commands.json

help: ## this list
	$(Q)sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | sed 's/|/\t/' | expand -t 22

FORCE:
.PHONY: all run check unit unit-programs check-asan check-tsan check-variant coverage bench fuzz lint format install clean help FORCE
