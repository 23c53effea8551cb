# SPDX-License-Identifier: MIT
# Rules for the programs that run on this machine: unit tests, thread-sanitizer tests, fuzzers. Flags: config/host.mk.
include config/host.mk
HOST_FLAG_FILES := config/host.mk config/host_rules.mk config/tools.mk config/third_party.mk
H := $(B)/host

find_cpp = $(sort $(shell find $(1) -name '*.cpp' 2>/dev/null))
HOST_LIBRARY_SOURCES := $(call find_cpp,substrate kernel userland/tori)
HOST_TEST_SOURCES := $(filter-out tests/host/tsan/%,$(call find_cpp,tests/host))
# What is no *_test.cpp helps the tests: the fake machine and the like.
HOST_HELPERS := $(filter-out %_test.cpp,$(HOST_TEST_SOURCES))
HOST_TESTS := $(filter %_test.cpp,$(HOST_TEST_SOURCES))
HOST_FOLDERS := $(sort $(foreach test,$(HOST_TESTS),$(word 3,$(subst /, ,$(test)))))
TSAN_TESTS := $(filter %_test.cpp,$(call find_cpp,tests/host/tsan))

HOST_PROGRAMS := $(HOST_FOLDERS:%=$(H)/%-tests) $(if $(TSAN_TESTS),$(H)/tsan-tests)
HOST_LIBRARY_OBJECTS := $(patsubst %,$(H)/asan/%.o,$(HOST_LIBRARY_SOURCES) $(HOST_FROM_ARCH:%=from_arch/%) $(HOST_HELPERS) $(THIRD_PARTY_SOURCES:$(B)/%=%))
TSAN_LIBRARY_OBJECTS := $(patsubst %,$(H)/tsan/%.o,$(call find_cpp,substrate))
HOST_OBJECTS := $(HOST_LIBRARY_OBJECTS) $(TSAN_LIBRARY_OBJECTS) $(HOST_TESTS:%=$(H)/asan/%.o) $(TSAN_TESTS:%=$(H)/tsan/%.o)

.PHONY: host-tests
host-tests: $(HOST_PROGRAMS)

$(HOST_OBJECTS) $(H)/asan/gtest.o $(H)/tsan/gtest.o: | $(SETUP) $(BOOST)

$(H)/asan/%.cpp.o: %.cpp $(HOST_FLAG_FILES)
	$(call say,HOSTCXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CLANGXX) $(HOST_CXXFLAGS) $(HOST_ASAN) -MMD -MP -c $< -o $@

$(H)/asan/from_arch/%.cpp.o: arch-aarch64/%.cpp $(HOST_FLAG_FILES)
	$(call say,HOSTCXX,$<)
	@mkdir -p $(@D) $(dir $(H)/from_arch/$*)
	@ln -sf $(CURDIR)/$< $(H)/from_arch/$*.cpp
	$(Q)$(CCACHE) $(CLANGXX) $(HOST_CXXFLAGS) $(HOST_ASAN) -MMD -MP -c $(H)/from_arch/$*.cpp -o $@

$(H)/tsan/%.cpp.o: %.cpp $(HOST_FLAG_FILES)
	$(call say,HOSTCXX,$< (tsan))
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CLANGXX) $(HOST_CXXFLAGS) $(HOST_TSAN) -MMD -MP -c $< -o $@

$(H)/asan/third_party/%.c.o: $(THIRD_PARTY)/%.c $(HOST_FLAG_FILES)
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CLANG) -O1 -g $(THIRD_PARTY_CFLAGS) -fsanitize=address -MMD -MP -c $< -o $@

# GoogleTest is compiled once a sanitizer, with our standard library.
GTEST := /usr/src/googletest/googletest
gtest_compile = $(CCACHE) $(CLANGXX) $(HOST_CODE) $(HOST_LIBCXX) -w -I$(GTEST) -isystem $(GTEST)/include
define gtest_rule
$(H)/$(1)/gtest.o: $$(HOST_FLAG_FILES)
	$$(call say,HOSTCXX,GoogleTest ($(1)))
	@mkdir -p $$(@D)
	$$(Q)printf '#include "src/gtest-all.cc"\n#include "src/gtest_main.cc"\n' >$$(@D)/gtest.cpp
	$$(Q)$$(gtest_compile) $(2) -c $$(@D)/gtest.cpp -o $$@
endef
$(eval $(call gtest_rule,asan,$(HOST_ASAN)))
$(eval $(call gtest_rule,tsan,$(HOST_TSAN)))

# The code under test is an archive: a test program takes what it needs and nothing else.
archive = rm -f $@ && mkdir -p $(@D) && llvm-ar-$(LLVM) rcs $@ $(filter %.o,$^)
$(H)/objects.list: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(HOST_OBJECTS) | cmp -s - $@ || printf '%s\n' $(HOST_OBJECTS) > $@
$(H)/library.a: $(HOST_LIBRARY_OBJECTS) $(H)/objects.list
	$(Q)$(archive)
$(H)/tsan.a: $(TSAN_LIBRARY_OBJECTS) $(H)/objects.list
	$(Q)$(archive)

define host_program
$(H)/$(1)-tests: $(patsubst %,$(H)/asan/%.o,$(filter tests/host/$(1)/%,$(HOST_TESTS))) $(H)/asan/gtest.o $(H)/library.a
	$$(call say,LINK,$$@)
	$$(Q)$$(CLANGXX) $$(HOST_ASAN) $$(HOST_LDFLAGS) $$^ $$(HOST_LIBRARIES) -o $$@
endef
$(foreach folder,$(HOST_FOLDERS),$(eval $(call host_program,$(folder))))

$(H)/tsan-tests: $(TSAN_TESTS:%=$(H)/tsan/%.o) $(H)/tsan/gtest.o $(H)/tsan.a
	$(call say,LINK,$@)
	$(Q)$(CLANGXX) $(HOST_TSAN) $(HOST_LDFLAGS) $^ $(HOST_LIBRARIES) -o $@

# ---- the simulation: make sim [STARTS=100000] ----------------------------------------------------------
SIM := $(B)/sim
SIM_SOURCES := tests/sim/main.cpp $(filter-out %_test.cpp,$(wildcard tests/host/braid/*.cpp)) \
    $(addprefix substrate/,braid.cpp braid_layout.cpp constraints.cpp diffusion_gains.cpp)
SIM_OBJECTS := $(SIM_SOURCES:%=$(SIM)/obj/%.o)
STARTS ?= 100000
.PHONY: sim
sim: $(SIM)/sim
	$(Q)tools/setup.sh sim
	$(Q)$(SIM)/sim $(SIM) $(STARTS)
	$(Q)/usr/bin/python3 tests/sim/plot.py $(SIM) $(SIM)/imbalance.png
	@echo "  plot    $(SIM)/imbalance.png"
$(SIM)/obj/%.cpp.o: %.cpp $(HOST_FLAG_FILES) | $(SETUP) $(BOOST)
	$(call say,SIMCXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CLANGXX) $(HOST_CXXFLAGS) -O3 -U_LIBCPP_HARDENING_MODE -MMD -MP -c $< -o $@
$(SIM)/sim: $(SIM_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $^ $(HOST_LIBRARIES) -o $@

# ---- fuzzers: make fuzz TIME=60 [ONLY=devicetree] -----------------------------------------------------
FUZZERS := $(patsubst tests/fuzz/%_fuzz.cpp,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.cpp))
FUZZ_FLAGS := $(HOST_ASAN) -fsanitize=fuzzer-no-link
FUZZ_OBJECTS := $(patsubst %,$(B)/fuzz/obj/%.o,$(HOST_LIBRARY_SOURCES) $(HOST_HELPERS))
TIME ?= 30
.PHONY: fuzz
fuzz: $(if $(ONLY),$(B)/fuzz/$(ONLY),$(FUZZERS))
	$(Q)for fuzzer in $^; do mkdir -p $$fuzzer-corpus; \
	    echo "fuzzing $$fuzzer for $(TIME) s"; \
	    $$fuzzer -max_total_time=$(TIME) -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 $$fuzzer-corpus || exit 1; done

$(B)/fuzz/obj/%.cpp.o: %.cpp $(HOST_FLAG_FILES) | $(SETUP) $(BOOST)
	$(call say,FUZZCXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CLANGXX) $(HOST_CXXFLAGS) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@
$(B)/fuzz/library.a: $(FUZZ_OBJECTS) $(patsubst %,$(H)/asan/%.o,$(HOST_FROM_ARCH:%=from_arch/%) $(THIRD_PARTY_SOURCES:$(B)/%=%))
	$(Q)$(archive)
$(FUZZERS): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%_fuzz.cpp.o $(B)/fuzz/library.a
	$(call say,LINK,$@)
	$(Q)$(CLANGXX) $(HOST_ASAN) -fsanitize=fuzzer $(HOST_LDFLAGS) $^ $(HOST_LIBRARIES) -lstdc++ -o $@ # for the fuzzer's own runtime

-include $(HOST_OBJECTS:.o=.d) $(FUZZ_OBJECTS:.o=.d) $(SIM_OBJECTS:.o=.d)
