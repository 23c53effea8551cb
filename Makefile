# SPDX-License-Identifier: MIT
# Torc's only Makefile: it knows every file, so that a change rebuilds what depends on it and nothing
# else. `make help` lists what one can ask for; flags live in config/, how it works in docs/build.md.
.DEFAULT_GOAL := image
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

B := build
include config/tools.mk
include config/third_party.mk
include config/kernel.mk

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- the kernel ------------------------------------------------------------------------------------
KERNEL_SOURCES := $(sort $(shell find substrate kernel arch-aarch64 -path arch-aarch64/vdso -prune -o \( -name '*.cpp' -o -name '*.S' \) -print 2>/dev/null))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(B)/obj/%.o) $(THIRD_PARTY_SOURCES:$(B)/%=$(B)/obj/%.o)
LINK_SCRIPT := arch-aarch64/kernel.ld
FLAG_FILES := Makefile config/tools.mk config/kernel.mk config/third_party.mk
SETUP := $(B)/.setup-done

.PHONY: image
ifneq ($(wildcard $(LINK_SCRIPT)),)
image: $(B)/Image
else
image: $(KERNEL_OBJECTS)
	@echo "  note    no $(LINK_SCRIPT): compiled, not linked"
endif

# Tools and other people's sources are there before anything is compiled.
$(SETUP): tools/setup.sh tools/unpack.py
	$(Q)tools/setup.sh
$(KERNEL_OBJECTS): | $(SETUP) $(BOOST)
$(BOOST):
	$(Q)mkdir -p $(@D) && ln -sfn /usr/include/boost $@
$(THIRD_PARTY_SOURCES): $(SETUP) ;

.PHONY: setup
setup:
	$(Q)tools/setup.sh

$(B)/obj/third_party/%.c.o: $(THIRD_PARTY)/%.c $(FLAG_FILES)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(KERNEL_CC) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/%.cpp.o: %.cpp $(FLAG_FILES)
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(KERNEL_CXX) $(KERNEL_CXXFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/%.S.o: %.S $(FLAG_FILES)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(KERNEL_CXX) $(KERNEL_ASFLAGS) -MMD -MP -c $< -o $@

# The object list is a file that changes only when the list does: removing a source relinks.
$(B)/objects.list: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(KERNEL_OBJECTS) | cmp -s - $@ || printf '%s\n' $(KERNEL_OBJECTS) > $@

# Linked twice: the first link fixes the text addresses, symbols.py makes the backtrace table of them,
# the second link carries the table (which lies behind the text, so that no function moves).
$(B)/symbols-none.o: tools/symbols.py $(FLAG_FILES) | $(SETUP)
	@mkdir -p $(@D)
	$(Q)python3 tools/symbols.py empty $(B)/symbols-none.S
	$(Q)$(KERNEL_CXX) $(KERNEL_ASFLAGS) -c $(B)/symbols-none.S -o $@

$(B)/torc-pass1.elf: $(KERNEL_OBJECTS) $(B)/objects.list $(B)/symbols-none.o $(LINK_SCRIPT) $(FLAG_FILES)
	$(call say,LINK,$@)
	$(Q)$(KERNEL_LD) $(KERNEL_LDFLAGS) -T $(LINK_SCRIPT) @$(B)/objects.list $(B)/symbols-none.o -o $@

$(B)/symbols.o: $(B)/torc-pass1.elf tools/symbols.py
	$(call say,SYMBOLS,$@)
	$(Q)python3 tools/symbols.py table --nm $(LLVM_NM) $< $(B)/symbols.S
	$(Q)$(KERNEL_CXX) $(KERNEL_ASFLAGS) -c $(B)/symbols.S -o $@

$(B)/torc.elf: $(B)/symbols.o
	$(call say,LINK,$@)
	$(Q)$(KERNEL_LD) $(KERNEL_LDFLAGS) -T $(LINK_SCRIPT) @$(B)/objects.list $(B)/symbols.o -Map $(B)/torc.map -o $@
	$(Q)python3 tools/symbols.py check --nm $(LLVM_NM) $(B)/torc-pass1.elf $@ || { rm -f $@; exit 1; }

$(B)/Image: $(B)/torc.elf
	$(call say,IMAGE,$@)
	$(Q)$(LLVM_OBJCOPY) -O binary $< $@
	@printf '  %-7s %s KiB\n' size $$(( ($$(stat -c %s $@) + 1023) / 1024 ))

# ---- what is booted beside the kernel --------------------------------------------------------------
BUSYBOX := $(THIRD_PARTY)/busybox/busybox
$(BUSYBOX): $(SETUP) ;

# The list of applets comes from the program itself.
$(B)/applets.list: $(BUSYBOX)
	$(Q)qemu-aarch64 $(BUSYBOX) --list-full > $@

include config/userland.mk

INITRAMFS := --root userland/root --busybox $(BUSYBOX) --applets $(B)/applets.list --add '$(USERLAND_ADD)'
INITRAMFS_FILES := tools/mkinitramfs.py $(B)/applets.list $(USERLAND) $(shell find userland/root -type f 2>/dev/null)
.PHONY: initramfs dtb
initramfs: $(B)/initramfs.cpio
$(B)/initramfs.cpio: $(INITRAMFS_FILES)
	$(call say,CPIO,$@)
	$(Q)python3 tools/mkinitramfs.py $(INITRAMFS) --output $@
$(B)/initramfs.cpio.gz: $(INITRAMFS_FILES)
	$(call say,CPIO,$@)
	$(Q)python3 tools/mkinitramfs.py $(INITRAMFS) --compress gzip --output $@
$(B)/initramfs.cpio.lz4: $(INITRAMFS_FILES)
	$(call say,CPIO,$@)
	$(Q)python3 tools/mkinitramfs.py $(INITRAMFS) --compress lz4 --output $@

# make run ADD=...: the same with the user's files, made anew each time.
$(B)/initramfs-added.cpio: $(INITRAMFS_FILES) FORCE
	$(call say,CPIO,$@ with $(ADD))
	$(Q)python3 tools/mkinitramfs.py $(INITRAMFS) --add '$(ADD)' --output $@

dtb: $(B)/dtb/.done
$(B)/dtb/.done: tools/boards.py $(wildcard boards/*/board.toml) $(SETUP)
	$(call say,DTB,$(@D))
	$(Q)python3 tools/boards.py $(@D)
	@touch $@

# ---- running it ------------------------------------------------------------------------------------
BOARD ?= virt
option = $(if $($(2)),--$(1) '$($(2))')
RUN_OPTIONS = --board $(BOARD) $(call option,cpus,CPUS) $(call option,cpu,CPU) $(call option,memory,MEM) $(call option,gic,GIC) \
    $(call option,el,EL) $(call option,append,APPEND) $(call option,kernel,KERNEL) $(call option,time-limit,LIMIT) \
    --initrd $(if $(INITRD),$(INITRD),$(RUN_INITRAMFS))
RUN_INITRAMFS := $(if $(ADD),$(B)/initramfs-added.cpio,$(B)/initramfs.cpio)
RUN_FILES := image dtb $(if $(INITRD),,$(RUN_INITRAMFS))

.PHONY: run gdb console
run: setup $(RUN_FILES)
	$(Q)exec python3 tools/qemu.py $(RUN_OPTIONS)

# GDB="-ex '...'": arguments for gdb.
gdb: export GDB_ARGUMENTS = $(GDB)
gdb: setup $(RUN_FILES)
	$(Q)exec python3 tools/gdb.py $(RUN_OPTIONS)

console:
	$(Q)exec python3 tools/gdb.py --console

# BENCH="--fresh": arguments for the benchmark.
.PHONY: bench
bench: setup image
	$(Q)python3 tests/bench/run.py $(BENCH)

.PHONY: bench-cores
bench-cores: setup image
	$(Q)python3 tests/bench/tori.py $(BENCH)

# A crowd of processes for ten minutes on eight cores, then the same on one. STRESS='--append torc.place=random': arguments.
.PHONY: stress
stress: setup image
	$(Q)python3 tests/stress/crowd.py --workers 400 --pieces 60000 --alone $(STRESS)

# ---- programs for this machine: unit tests and fuzzers -----------------------------------------------
include config/host_rules.mk
include config/vdso.mk

# ---- tests -----------------------------------------------------------------------------------------
# Every part is built as far as it can be, so that one failure does not hide the rest (what cannot be made anew is removed); then the
# runner counts. Only it prints the last line. make test ONLY=qemu/shell runs a part; make test-host, test-rules, test-qemu one ring.
TEST_FILES += image initramfs $(B)/initramfs.cpio.gz $(B)/initramfs.cpio.lz4 dtb
RULES := tests/rules tests/tools
MODELS := tests/models
run_tests = python3 tools/run_tests.py --only '$(ONLY)'

.PHONY: test test-files test-host test-rules test-qemu
test-files: $(TEST_FILES) host-tests
test: setup
	@$(MAKE) -k test-files || { failed=--build-failed; \
	        for file in $(B)/Image $(HOST_PROGRAMS); do $(MAKE) -s $$file >/dev/null 2>&1 || rm -f $$file; done; }; \
	    $(run_tests) $$failed --folders $(RULES) $(MODELS) tests/qemu --host $(HOST_PROGRAMS)
test-host: setup host-tests
	@$(run_tests) --host $(HOST_PROGRAMS)
test-rules: setup
	@$(run_tests) --folders $(RULES) $(MODELS)
test-qemu: setup $(TEST_FILES)
	@$(run_tests) --folders tests/qemu

# Torc against Debian's kernel: Linux's figures are measured once and kept; BENCH=--fresh measures them anew.

.PHONY: format tidy
FORMATTED := $(shell git ls-files '*.cpp' '*.hpp' '*.h' '*.c' 2>/dev/null)
format:
	$(Q)$(CLANG_FORMAT) -i $(wildcard $(FORMATTED))
# The checks are listed in .clang-tidy. make tidy ONLY=kernel/process looks at a part.
tidy: compile_commands.json
	$(Q)printf '%s\n' $(filter $(ONLY)%,$(filter %.cpp,$(KERNEL_SOURCES))) | \
	    xargs -n 1 -P $$(nproc) $(CLANG_TIDY) --quiet -p .

# Every header compiles alone.
.PHONY: headers
HEADERS := $(filter substrate/% kernel/% arch-aarch64/%,$(filter %.hpp,$(FORMATTED)))
headers: $(HEADERS:%=$(B)/headers/%.ok)
$(B)/headers/%.ok: % $(FLAG_FILES) | $(SETUP) $(BOOST)
	$(call say,HEADER,$<)
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CXX) $(KERNEL_CXXFLAGS) -Wno-unused-const-variable -Wno-pragma-once-outside-header -MMD -MP -MF $@.d -MT $@ \
	    -fsyntax-only -x c++ $<
	@touch $@
-include $(HEADERS:%=$(B)/headers/%.ok.d)

.PHONY: check
check: test tidy headers

# ---- help ------------------------------------------------------------------------------------------
.PHONY: help
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

#: make            build/Image, one for all boards
#: make run        boot it in QEMU: an interactive shell (^A x leaves QEMU)
#:                 BOARD=rpi3 rpi4 zero2 virt   the machine (boards/)
#:                 ADD=path[,path[:/target]]    more files in the root
#:                 APPEND='...'                 kernel arguments; after -- they go to init
#:                 CPUS=4 MEM=1G CPU=cortex-a53 GIC=2 EL=1   on virt
#:                 KERNEL=linux                 Debian's kernel with the same root
#:                 LIMIT=60                     unattended: no input, ended after so many seconds
#:                 APPEND=torc.isolate=3        a torus for pinned programs alone (docs/torctl.md)
#: make gdb        the same, stopped under gdb-multiarch; make console: its console in a second terminal
#: make test       all tests; ONLY=qemu/shell for a part; test-host, test-qemu, test-rules for one ring
#: make bench      Torc against Debian's Linux in the same QEMU
#: make bench-cores  the same for what needs several cores (minutes; BENCH=--torc-only: without Linux)
#: make stress     hundreds of processes at once for many minutes, on eight cores and on one; STRESS='--pieces 1000' for less
#: make sim        how load spreads among 3 to 1,000,000 tori: report and plot in build/sim
#: make fuzz       fuzzers; TIME=60 seconds each, ONLY=name
#: make check      test, and clang-tidy, and every header alone; make format puts the sources in shape
#: make setup      install what is missing (the others call it)
#: make clean      remove what was built; V=1 shows commands, LTO=0 links faster

# ---- editors ---------------------------------------------------------------------------------------
.PHONY: compile_commands.json
compile_commands.json:
	$(call say,JSON,$@)
	$(Q)printf '%s\n' $(filter %.cpp,$(KERNEL_SOURCES)) | \
	    python3 tools/compile_commands.py $@ $(KERNEL_CXX) $(KERNEL_CXXFLAGS)

.PHONY: clean FORCE
clean:
	rm -rf $(B)/obj $(B)/Image $(B)/*.elf $(B)/*.o

-include $(KERNEL_OBJECTS:.o=.d)
