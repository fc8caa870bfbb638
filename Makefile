# make            build everything into build/
# make demo       see it work against real servers; KEEP=1 keeps them up
# make check      unit tests, then end-to-end tests against real servers
# make lint       format, layering, static analysis, manual pages
# make install    PREFIX=/usr/local DESTDIR=
# make deb        a Debian package, in build/deb
#
# SANITIZE=1 and CC=clang make a build of their own kind; give it a folder of
# its own too: make BUILD=build/asan SANITIZE=1

VERSION = 0.1.0
BUILD = build
PREFIX = /usr/local
DESTDIR =
PYTHON = /usr/bin/python3

RESIDENT_LIBS = gnutls libetpan libconfig sqlite3 libseccomp libcjson
QR_LIBS = libqrencode
COURIER_LIBS = libcurl gnutls libseccomp hogweed nettle gmp libcjson
DISCOVER_LIBS = libcurl expat libidn2 libconfig gnutls libseccomp
CREDENTIAL_LIBS = libsecret-1 libcurl gnutls libcjson
TEST_LIBS = cmocka $(COURIER_LIBS) $(DISCOVER_LIBS)

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wcast-qual
HARDENING = -fstack-protector-strong -fPIE
CFLAGS ?= -O2 -g
ifdef SANITIZE
CFLAGS = -O1 -g -fno-omit-frame-pointer
HARDENING = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fPIE
else
HARDENING += -D_FORTIFY_SOURCE=2
endif
ifdef WERROR
WARNINGS += -Werror
endif
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Isrc -DIMAPPUSHD_VERSION='"$(VERSION)"' \
	$(WARNINGS) $(HARDENING) $(CFLAGS) $(CPPFLAGS) -MMD -MP
# (Debian 13's libetpan names a specs file that only package builds have)
pkg = $(filter-out -specs=%,$(shell pkg-config $(1) $(2) 2>/dev/null))
ALL_CFLAGS += $(call pkg,--cflags,$(RESIDENT_LIBS) $(QR_LIBS) $(TEST_LIBS))
CREDENTIAL_CFLAGS = $(patsubst -I%,-isystem %,$(call pkg,--cflags,$(CREDENTIAL_LIBS)))
LINK = $(CC) $(HARDENING) $(CFLAGS) -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1:%=src/%/*.c))))
BASE = $(call objects,base)
RESIDENT = $(call objects,base config session core cli) $(BUILD)/obj/src/main.o
# what tests link: everything but main(), the helpers without their own, and of
# credential what needs no libsecret
TESTED = $(call objects,base config session core cli) \
	$(filter-out %/main.o,$(call objects,courier discover)) \
	$(patsubst %,$(BUILD)/obj/src/credential/%.o,document grant question random \
	redirect tokens vault web)
TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
# what other libraries judge
TESTS += $(BUILD)/tests/webpush_lines
# the same daemon, with a calendar and a patience that tests can set
TESTCLOCK = $(patsubst %/clock.o,%/clock-test.o,$(RESIDENT))

PROGRAMS = $(BUILD)/bin/imappushd \
	$(patsubst %,$(BUILD)/libexec/imappushd/%,courier credential discover qr)
# the page for phones
PAGE = $(patsubst packaging/%,$(BUILD)/share/imappushd/%,$(wildcard packaging/phone/*))
DATA = $(BUILD)/share/imappushd/providers.conf $(PAGE)

all: $(PROGRAMS) $(DATA)

$(BUILD)/bin/imappushd: $(RESIDENT)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS))

$(BUILD)/bin/imappushd-testclock: $(TESTCLOCK)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS))

$(BUILD)/libexec/imappushd/courier: $(BASE) $(call objects,courier)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(COURIER_LIBS))

$(BUILD)/libexec/imappushd/discover: $(call objects,base config discover)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(DISCOVER_LIBS)) -lresolv

$(BUILD)/libexec/imappushd/qr: $(BASE) $(call objects,qr)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(QR_LIBS) gnutls libseccomp)

$(BUILD)/share/imappushd/%: packaging/%
	@mkdir -p $(@D)
	cp $< $@

# from an archive, so that it loads no library but those it uses: it starts often
$(BUILD)/libexec/imappushd/credential: $(call objects,credential) $(BUILD)/obj/base.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(CREDENTIAL_LIBS) $(RESIDENT_LIBS))

$(BUILD)/obj/base.a: $(BASE)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/obj/src/credential/%.o: src/credential/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CREDENTIAL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/src/base/clock-test.o: src/base/clock.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DCLOCK_TEST -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(TESTED)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS) $(TEST_LIBS)) -lresolv

# tests/fuzz: bytes of strangers; with clang, in a build of its own
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(TESTED)
	@mkdir -p $(@D)
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(call pkg,--libs,$(RESIDENT_LIBS) $(COURIER_LIBS) $(DISCOVER_LIBS)) -lresolv

fuzzers: $(FUZZERS)

testing: all $(BUILD)/bin/imappushd-testclock $(TESTS)

deps:
	@BUILD=$(BUILD) packaging/deps.sh

# deps may bring what the flags above ask pkg-config for, hence the second make
demo: deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) $(PYTHON) tests/demo.py

check: deps
	@$(MAKE) --no-print-directory testing
	@BUILD=$(BUILD) $(PYTHON) tests/run.py

# the unit tests alone, without asking apt for anything
check-unit: testing
	@BUILD=$(BUILD) $(PYTHON) tests/run.py --unit

# the whole daemon or one process of it killed, 200 times
check-kill: deps
	@$(MAKE) --no-print-directory testing
	@BUILD=$(BUILD) ROUNDS=200 $(PYTHON) tests/run.py --e2e --only killed

# Firefox as the phone, and programs of others: they judge by rules that are not ours
check-phone:
	@BUILD=$(BUILD) packaging/deps.sh build check phone
	@$(MAKE) --no-print-directory testing
	@BUILD=$(BUILD) $(PYTHON) tests/run.py --e2e --file test_phone \
		--file test_phone_page --file test_phone_pair --file test_webpush_npm \
		--file test_oauth_npm

# Chromium as the phone: more than 100 MB to download
check-chromium:
	@BUILD=$(BUILD) packaging/deps.sh build check chromium
	@$(MAKE) --no-print-directory testing
	@BUILD=$(BUILD) $(PYTHON) tests/run.py --e2e --file test_phone_chromium

# mail at random moments around each step of a session, 200 times at each server
check-moments: deps
	@$(MAKE) --no-print-directory testing
	@BUILD=$(BUILD) ROUNDS=200 $(PYTHON) tests/run.py --e2e --file test_real_moments

check-debian13:
	@BUILD=$(BUILD) tests/debian13.sh

# the Debian package: built, installed, tried and purged on Debian 12 and 13
check-deb:
	@BUILD=$(BUILD) tests/package.sh

# the unit tests and a dozen of the others, with sanitizers
check-sanitized: deps
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitized SANITIZE=1 testing
	@BUILD=$(BUILD) $(PYTHON) tests/run.py --build $(BUILD)/sanitized \
		--file test_idle --file test_syntax --file test_request --file test_select

# a minute over all targets, or FUZZ_SECONDS=3600; what it finds stays in build/fuzz
fuzz:
	@BUILD=$(BUILD) packaging/deps.sh build lint
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang SANITIZE=1 \
		HARDENING="-fsanitize=address,undefined,fuzzer-no-link \
		-fno-sanitize-recover=undefined -fPIE" fuzzers
	@BUILD=$(BUILD) $(PYTHON) tests/fuzz/run.py

# latency, memory, bursts, idle costs, as Markdown; see tests/bench.py --help
bench: deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) $(PYTHON) tests/bench.py $(BENCH)

SOURCES = $(wildcard src/*.[ch] src/*/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch])
MANUALS = $(wildcard man/*.[1-9])

lint:
	@BUILD=$(BUILD) packaging/deps.sh build lint
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/gcc CC=gcc WERROR=1 testing
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang WERROR=1 testing
	@echo clang-format; clang-format --dry-run -Werror $(SOURCES)
	cppcheck --quiet --error-exitcode=1 --library=gnu,bsd --inline-suppr -Isrc \
		--enable=warning,portability --suppress=missingIncludeSystem src
	mandoc -Tlint -Wwarning $(MANUALS)
	$(PYTHON) tests/lint.py

BINDIR = $(PREFIX)/bin
HELPERS = $(PREFIX)/libexec/imappushd
DATADIR = $(PREFIX)/share/imappushd
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/imappushd
# the user manager looks here below /usr, /usr/local and ~/.local alike
UNITDIR = $(PREFIX)/share/systemd/user
# where each shell looks for the completions of others
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d

install: all
	install -D -m 755 -t $(DESTDIR)$(BINDIR) $(BUILD)/bin/imappushd
	install -D -m 755 -t $(DESTDIR)$(HELPERS) $(BUILD)/libexec/imappushd/*
	install -D -m 644 -t $(DESTDIR)$(DATADIR) packaging/providers.conf
	install -D -m 644 -t $(DESTDIR)$(DATADIR)/phone $(PAGE)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man1 man/imappushd.1
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man5 man/*.5
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man7 man/*.7
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md CHANGELOG.md LICENSE
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/docs docs/*.md docs/*.png docs/*.json docs/register.py
	for example in $$(cd config && find . -name '*.example'); do \
		install -D -m 644 config/$$example \
			$(DESTDIR)$(DOCDIR)/examples/$$example; \
	done
	sed 's|@BINDIR@|$(BINDIR)|' packaging/systemd/imappushd.service.in \
		> $(BUILD)/imappushd.service
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(BUILD)/imappushd.service
	install -D -m 644 packaging/completions/imappushd.bash $(DESTDIR)$(BASHDIR)/imappushd
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) packaging/completions/_imappushd
	install -D -m 644 -t $(DESTDIR)$(FISHDIR) packaging/completions/imappushd.fish

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/imappushd $(DESTDIR)$(MANDIR)/man1/imappushd.1 \
		$(patsubst man/%,$(DESTDIR)$(MANDIR)/man5/%,$(wildcard man/*.5)) \
		$(patsubst man/%,$(DESTDIR)$(MANDIR)/man7/%,$(wildcard man/*.7)) \
		$(DESTDIR)$(UNITDIR)/imappushd.service $(DESTDIR)$(BASHDIR)/imappushd \
		$(DESTDIR)$(ZSHDIR)/_imappushd $(DESTDIR)$(FISHDIR)/imappushd.fish
	rm -rf $(DESTDIR)$(HELPERS) $(DESTDIR)$(DATADIR) $(DESTDIR)$(DOCDIR)

deb:
	@BUILD=$(BUILD) packaging/deps.sh build deb
	@BUILD=$(BUILD) packaging/deb.sh

# what lintian says of it; nobody else watches for new versions of it, and each
# release's lintian wants another Standards-Version
lint-deb:
	@BUILD=$(BUILD) packaging/deps.sh build deb lintian
	@BUILD=$(BUILD) packaging/deb.sh -F
	lintian --pedantic --display-info --fail-on error,warning,info,pedantic \
		--suppress-tags debian-watch-file-is-missing,out-of-date-standards-version \
		$(BUILD)/deb/*.changes

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=imappushd-$(VERSION)/ \
		-o $(BUILD)/imappushd-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD)/fuzz $(BUILD)/bin $(BUILD)/libexec $(BUILD)/share $(BUILD)/obj $(BUILD)/tests \
		$(BUILD)/deb $(BUILD)/gcc $(BUILD)/clang $(BUILD)/sanitized

.PHONY: all testing fuzzers fuzz bench deps demo check check-kill check-phone \
	check-chromium check-moments check-debian13 check-deb check-sanitized check-unit lint \
	lint-deb install uninstall deb dist clean
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
