# make            build everything into build/
# make demo       see it work against real servers; KEEP=1 keeps them up
# make check      unit tests, then end-to-end tests against real servers
# make lint       format, layering, static analysis, manual pages
# make install    PREFIX=/usr/local DESTDIR=
#
# SANITIZE=1 and CC=clang make a build of their own kind; give it a folder of
# its own too: make BUILD=build/asan SANITIZE=1

VERSION = 0.1.0
BUILD = build
PREFIX = /usr/local
DESTDIR =
PYTHON = /usr/bin/python3

RESIDENT_LIBS = gnutls libetpan libconfig sqlite3 libseccomp
COURIER_LIBS = libcurl gnutls libseccomp
TEST_LIBS = cmocka libcurl

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wcast-qual
HARDENING = -fstack-protector-strong -fPIE
CFLAGS = -O2 -g
ifdef SANITIZE
CFLAGS = -O1 -g -fno-omit-frame-pointer
HARDENING = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fPIE
else
HARDENING += -D_FORTIFY_SOURCE=2
endif
ifdef WERROR
WARNINGS += -Werror
endif
LDFLAGS = -Wl,-z,relro,-z,now
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Isrc -DIMAPPUSHD_VERSION='"$(VERSION)"' \
	$(WARNINGS) $(HARDENING) $(CFLAGS) $(CPPFLAGS) -MMD -MP
# (Debian 13's libetpan names a specs file that only package builds have)
pkg = $(filter-out -specs=%,$(shell pkg-config $(1) $(2) 2>/dev/null))
ALL_CFLAGS += $(call pkg,--cflags,$(RESIDENT_LIBS) $(TEST_LIBS))
LINK = $(CC) $(HARDENING) $(CFLAGS) -pie $(LDFLAGS)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1:%=src/%/*.c))))
BASE = $(call objects,base)
RESIDENT = $(call objects,base config session core cli) $(BUILD)/obj/src/main.o
# what tests link: everything but main(), and the courier without its own
TESTED = $(call objects,base config session core cli) \
	$(filter-out %/main.o,$(call objects,courier))
TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
# the same daemon, with a calendar and a patience that tests can set
TESTCLOCK = $(patsubst %/clock.o,%/clock-test.o,$(RESIDENT))

PROGRAMS = $(BUILD)/bin/imappushd $(BUILD)/libexec/imappushd/courier

all: $(PROGRAMS)

$(BUILD)/bin/imappushd: $(RESIDENT)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS))

$(BUILD)/bin/imappushd-testclock: $(TESTCLOCK)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS))

$(BUILD)/libexec/imappushd/courier: $(BASE) $(call objects,courier)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(COURIER_LIBS))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/src/base/clock-test.o: src/base/clock.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DCLOCK_TEST -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(TESTED)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS) $(TEST_LIBS))

testing: $(PROGRAMS) $(BUILD)/bin/imappushd-testclock $(TESTS)

deps:
	@BUILD=$(BUILD) packaging/deps.sh

clean:
	rm -rf $(BUILD)/bin $(BUILD)/libexec $(BUILD)/obj $(BUILD)/tests

.PHONY: all testing deps clean
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
