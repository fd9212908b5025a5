# SPDX-License-Identifier: Apache-2.0
# make            the program, build/trustfix
# make static     the same without shared libraries, build/trustfix-static
# make DEV=1 ...  the same with -Werror and sanitizers, in build/dev
# make check      unit, fuzz (10 s each), end to end;  make lint;  make bench;  make demo

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][0-9.]*\)\].*/\1/p' CHANGELOG | head -n 1)

PREFIX ?= /usr
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/trustfix
SYSCONFDIR ?= /etc
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
HOOKDIR = $(LIBDIR)/trustfix/hooks.d
TRIGGERDIR = $(LIBDIR)/trustfix/triggers
MASK = $(SYSCONFDIR)/trustfix/hooks.d/restart-container-engine

PKG_CONFIG ?= pkg-config
PACKAGES := libssl libcrypto jansson
PACKAGES_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
CFLAGS ?= -O2 -g
# The shared libarchive brings libxml2 and ICU, which would double the time of every start.  Of the
# static one everything hangs together; what is not used falls out again with the sections.
comma := ,
ARCHIVE_LIBS ?= $(if $(wildcard $(shell $(PKG_CONFIG) --variable=libdir libarchive)/libarchive.a),\
	-l:libarchive.a -lz -lzstd -Wl$(comma)--gc-sections,$(shell $(PKG_CONFIG) --libs libarchive))
# The list of public suffixes, and what characters are; the static libraries, too, for these are large.
psl_libdir := $(shell $(PKG_CONFIG) --variable=libdir libpsl)
PSL_LIBS ?= $(if $(and $(wildcard $(psl_libdir)/libpsl.a),$(wildcard $(psl_libdir)/libidn2.a),\
	$(wildcard $(psl_libdir)/libunistring.a)),-l:libpsl.a -l:libidn2.a -l:libunistring.a,\
	$(shell $(PKG_CONFIG) --libs libpsl) -lunistring)
CLANG ?= clang

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef -Wsign-compare
ALL_CPPFLAGS = $(CPPFLAGS) -D_GNU_SOURCE -iquote . -DTRUSTFIX_VERSION='"$(VERSION)"' \
	-DTRUSTFIX_HOOKDIR='"$(HOOKDIR)"' \
	-DTRUSTFIX_ETC_HOOKDIR='"$(SYSCONFDIR)/trustfix/hooks.d"' \
	$(PACKAGES_CFLAGS)
ALL_CFLAGS = $(CFLAGS) -std=gnu11 -fno-common -pthread $(WARNINGS)
ALL_LDFLAGS = $(LDFLAGS) -pthread
ALL_LDLIBS := $(LDLIBS) $(shell $(PKG_CONFIG) --libs $(PACKAGES)) $(ARCHIVE_LIBS) $(PSL_LIBS)

ifeq ($(DEV),1)
BUILD ?= build/dev
ALL_CFLAGS += -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
ALL_LDFLAGS += -fsanitize=address,undefined
else
BUILD ?= build
# Each where compiler and C library know it.
HARDENING := $(shell for flag in -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fcf-protection \
	-ftrivial-auto-var-init=zero; do $(CC) -O2 -Werror -U_FORTIFY_SOURCE $$flag -include stdio.h -S -x c \
	-o /dev/null /dev/null 2>/dev/null && echo $$flag; done)
ALL_CFLAGS += -fstack-protector-strong -fPIE -Werror=format-security -U_FORTIFY_SOURCE \
	$(if $(findstring FORTIFY,$(HARDENING)),,-D_FORTIFY_SOURCE=2) $(HARDENING)
ALL_LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed
endif

ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
QUIET_CC = @
QUIET_LINK = @
else ifneq ($(V),1)
QUIET_CC = @echo "  CC      $@";
QUIET_LINK = @echo "  LINK    $@";
endif

SOURCES := $(sort $(wildcard src/*/*.c stores/*.c stores/*/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libtrustfix.a
TESTS := $(sort $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c)))
TEST_PROGRAMS := $(TESTS:%=$(BUILD)/tests/unit/test_%)
TEST_HELPERS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
FUZZERS := $(sort $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))

.DEFAULT_GOAL := all
.PHONY: FORCE all static check check-unit check-e2e check-fuzz check-jdks check-packages check-fleet check-clients truth truth-table lint bench fuzz \
	fuzz-coverage demo install uninstall dist distcheck clean tests check-fresh deb rpm release
.SECONDARY:

all: $(BUILD)/trustfix

$(BUILD)/trustfix: $(BUILD)/src/main.o $(LIBRARY)
	$(QUIET_LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

# One file that runs in any image: glibc's own resolver of names is enough, so its warnings are not told.
static: $(BUILD)/trustfix-static

$(BUILD)/trustfix-static: $(BUILD)/src/main.o $(BUILD)/src/static.o $(LIBRARY)
	$(QUIET_LINK)$(CC) $(filter-out -pie,$(ALL_LDFLAGS)) -static-pie -o $@ $^ $(ALL_LDLIBS) >$@.log 2>&1 || \
		{ cat $@.log; false; }

# For the tests alone: hooks may run for two seconds instead of two minutes.
$(BUILD)/trustfix-impatient: $(BUILD)/src/main.o $(BUILD)/impatient/hooks.o $(LIBRARY)
	$(QUIET_LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

$(BUILD)/impatient/hooks.o: CPPFLAGS += -DLIMIT_HOOK_MS=2000
$(BUILD)/impatient/hooks.o: src/journal/hooks.c $(BUILD)/src/journal/hooks.o
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

# What was built for other places, as `make install PREFIX=...` after a `make`, is built again.
$(BUILD)/places: FORCE
	@mkdir -p $(@D)
	@echo '$(HOOKDIR) $(SYSCONFDIR)' | cmp -s - $@ || echo '$(HOOKDIR) $(SYSCONFDIR)' >$@

$(BUILD)/%.o: %.c Makefile $(BUILD)/places
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests ----------------------------------------------------------------------------------------

# A test program may ask for linker flags of its own: tests/unit/test_x.ld, one line (--wrap).
$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(TEST_HELPERS) $(LIBRARY)
	$(QUIET_LINK)$(CC) $(ALL_LDFLAGS) $(shell cat tests/unit/test_$*.ld 2>/dev/null) -o $@ \
		$< $(TEST_HELPERS) $(LIBRARY) $(ALL_LDLIBS) -lcmocka

tests: $(TEST_PROGRAMS)

check:
	$(MAKE) DEV=1 check-unit
	$(MAKE) check-fuzz
	$(MAKE) check-e2e

check-unit: all tests
	BUILD=$(BUILD) tests/unit/run.sh $(TESTS)

check-e2e: all $(BUILD)/trustfix-impatient $(if $(DEV),,static)
	BUILD=$(BUILD) tests/e2e/run.sh $(E2E)

# Not part of check: it makes Debian roots of three suites, 1.3 GB below build/roots.
check-jdks: all
	tests/jdks/roots.sh
	BUILD=$(BUILD) tests/jdks/run.sh

# What README.md says of a fresh machine, in a bare root below build/fresh.
check-fresh:
	sh packaging/check-fresh.sh $(FRESH)

# The Debian and the rpm package and the release, built here, and used in roots.
check-packages: all deb release
	RPMBUILD_FLAGS=--nodeps $(MAKE) rpm
	cd build/deb && apt-get -q download ca-certificates
	BUILD=$(BUILD) tests/packages/deb.sh
	BUILD=$(BUILD) tests/packages/rpm.sh
	BUILD=$(BUILD) tests/packages/release.sh

# The Ansible collection on 50 roots, and what else packaging/ has for other tools.
check-fleet: all static
	BUILD=$(BUILD) tests/fleet/ansible.sh
	BUILD=$(BUILD) tests/fleet/examples.sh

check-fuzz:
	CLANG=$(CLANG) LIBS='$(ALL_LDLIBS)' tests/fuzz/run.sh 10 $(FUZZERS)

# Which lines of the parsers (tests/fuzz/parsers.txt) the fuzzers reach; not part of check.
FUZZ_COVERAGE_MIN ?= 85
FUZZ_COVERAGE_SECONDS ?= 20
fuzz-coverage:
	CLANG=$(CLANG) LIBS='$(ALL_LDLIBS)' tests/fuzz/coverage.sh $(FUZZ_COVERAGE_SECONDS) $(FUZZ_COVERAGE_MIN) $(FUZZERS)

fuzz:
	CLANG=$(CLANG) LIBS='$(ALL_LDLIBS)' tests/fuzz/run.sh 3600 $(FUZZERS)

# Every reader's prediction beside what the real program does; truth-table puts it into the manual.
truth: all
	@mkdir -p $(BUILD)/truth
	TRUTH_KEEP=$(abspath $(BUILD)/truth) BUILD=$(BUILD) tests/truth/run.sh

# The same with clients that are not Debian's, fetched from the npm registry.
check-clients: all
	@mkdir -p $(BUILD)/truth
	TRUTH_KEEP=$(abspath $(BUILD)/truth) BUILD=$(BUILD) tests/truth/clients.sh

truth-table:
	/usr/bin/python3 -B tests/truth/table.py $(BUILD)/truth/cases $(BUILD)/truth/answers \
		packaging/man/trustfix-readers.7 --write

lint: all
	BUILD=$(BUILD) CC='$(CC)' sh tests/lint/run.sh

bench: all static
	BUILD=$(BUILD) tests/bench/run.sh

demo: all
	BUILD=$(BUILD) tests/demo.sh

# ---- install, release -----------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(DOCDIR) \
		$(DESTDIR)$(HOOKDIR) $(DESTDIR)$(TRIGGERDIR)/update.d $(DESTDIR)$(SYSCONFDIR)/trustfix/hooks.d \
		$(addprefix $(DESTDIR),$(BASHDIR) $(ZSHDIR) $(FISHDIR))
	install -m 0755 $(BUILD)/trustfix $(DESTDIR)$(BINDIR)/trustfix
	install -m 0644 packaging/man/trustfix.1 $(DESTDIR)$(MANDIR)/man1/
	install -m 0644 packaging/man/trustfix-hooks.7 packaging/man/trustfix-readers.7 $(DESTDIR)$(MANDIR)/man7/
	install -m 0644 README.md SECURITY.md CHANGELOG LICENSE $(DESTDIR)$(DOCDIR)/
	install -m 0644 packaging/completions/trustfix.bash $(DESTDIR)$(BASHDIR)/trustfix
	install -m 0644 packaging/completions/trustfix.zsh $(DESTDIR)$(ZSHDIR)/_trustfix
	install -m 0644 packaging/completions/trustfix.fish $(DESTDIR)$(FISHDIR)/trustfix.fish
	test -e $(DESTDIR)$(HOOKDIR)/$(notdir $(MASK)) || install -m 0644 hooks/masked/$(notdir $(MASK)) $(DESTDIR)$(MASK)
	install -m 0755 hooks/refresh-* hooks/restart-* $(DESTDIR)$(HOOKDIR)/
	install -m 0644 hooks/probe-* $(DESTDIR)$(HOOKDIR)/
	install -m 0755 hooks/update.d/trustfix $(DESTDIR)$(TRIGGERDIR)/update.d/
	install -m 0644 hooks/triggers/apt.conf hooks/triggers/dnf.action hooks/triggers/pacman.hook \
		$(DESTDIR)$(TRIGGERDIR)/
	install -m 0755 hooks/triggers/apk $(DESTDIR)$(TRIGGERDIR)/
	sed -i 's,/usr/lib/trustfix,$(LIBDIR)/trustfix,; s,/usr/bin/trustfix,$(BINDIR)/trustfix,g; s,/etc/trustfix,$(SYSCONFDIR)/trustfix,' \
		$(DESTDIR)$(MANDIR)/man1/trustfix.1 $(DESTDIR)$(MANDIR)/man7/trustfix-hooks.7 \
		$(DESTDIR)$(TRIGGERDIR)/apt.conf $(DESTDIR)$(TRIGGERDIR)/dnf.action $(DESTDIR)$(TRIGGERDIR)/pacman.hook

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/trustfix $(DESTDIR)$(MANDIR)/man1/trustfix.1 \
		$(DESTDIR)$(MANDIR)/man7/trustfix-hooks.7 $(DESTDIR)$(MANDIR)/man7/trustfix-readers.7 \
		$(DESTDIR)$(BASHDIR)/trustfix \
		$(DESTDIR)$(ZSHDIR)/_trustfix $(DESTDIR)$(FISHDIR)/trustfix.fish
	rm -rf $(DESTDIR)$(DOCDIR) $(DESTDIR)$(LIBDIR)/trustfix
	! cmp -s hooks/masked/$(notdir $(MASK)) $(DESTDIR)$(MASK) || rm -f $(DESTDIR)$(MASK)
	rmdir $(DESTDIR)$(SYSCONFDIR)/trustfix/hooks.d $(DESTDIR)$(SYSCONFDIR)/trustfix 2>/dev/null || true

dist:
	@mkdir -p build
	git archive --prefix=trustfix-$(VERSION)/ -o build/trustfix-$(VERSION).tar.gz HEAD

deb:
	sh packaging/deb/build.sh

rpm:
	sh packaging/rpm/build.sh

release:
	sh packaging/release.sh

distcheck: dist
	rm -rf build/distcheck && mkdir -p build/distcheck
	tar -C build/distcheck -xzf build/trustfix-$(VERSION).tar.gz
	$(MAKE) -C build/distcheck/trustfix-$(VERSION) DEV=1 check-unit lint

clean:
	rm -rf build

-include $(shell find $(BUILD)/src $(BUILD)/stores $(BUILD)/tests -name '*.d' -type f 2>/dev/null)
