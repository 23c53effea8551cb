# SPDX-License-Identifier: MIT
# Our own programs for Linux's ABI: userland/NAME/*.cpp and the sources they share make build/userland/NAME. Static, so that they run
# wherever the kernel does, and without exceptions and streams, so that they are small.
CROSS_GXX := aarch64-linux-gnu-g++
USERLAND_CXXFLAGS := -std=c++20 -Os -Wall -Wextra -Werror -fno-exceptions -fno-rtti -ffunction-sections -I.
USERLAND_LDFLAGS := -static -s -Wl,--gc-sections
USERLAND_SHARED := $(wildcard userland/tori/*.cpp)
USERLAND_NAMES := torctl torctop
USERLAND := $(USERLAND_NAMES:%=$(B)/userland/%)
comma := ,
empty :=
USERLAND_ADD := $(subst $(empty) ,$(comma),$(foreach name,$(USERLAND_NAMES),$(B)/userland/$(name):/bin/$(name)))

.PHONY: userland
userland: $(USERLAND)
$(B)/userland/obj/%.cpp.o: %.cpp config/userland.mk | $(SETUP)
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CROSS_GXX) $(USERLAND_CXXFLAGS) -MMD -MP -c $< -o $@
define userland_program
$(B)/userland/$(1): $(patsubst %,$(B)/userland/obj/%.o,$(wildcard userland/$(1)/*.cpp) $(USERLAND_SHARED))
	$$(call say,LINK,$$@)
	$$(Q)$$(CROSS_GXX) $$(USERLAND_LDFLAGS) $$^ -o $$@
endef
$(foreach name,$(USERLAND_NAMES),$(eval $(call userland_program,$(name))))
-include $(wildcard $(B)/userland/obj/userland/*/*.d)
