# SPDX-License-Identifier: MIT
# The vDSO: a shared object for the Linux arm64 ABI, embedded in the kernel image (arch-aarch64/vdso_image.S).
V_DIR := arch-aarch64/vdso
V_OUT := $(B)/vdso
VDSO_TARGET := --target=aarch64-linux-gnu -march=armv8-a
VDSO_CFLAGS := $(VDSO_TARGET) -std=gnu11 -O2 -fPIC -ffreestanding -fvisibility=default -fno-stack-protector \
    -fomit-frame-pointer -fasynchronous-unwind-tables -mgeneral-regs-only -mno-outline-atomics -nostdlibinc -Wall -Wextra -Werror
VDSO_FLAG_FILES := config/vdso.mk config/tools.mk

$(V_OUT)/%.o: $(V_DIR)/%.c $(VDSO_FLAG_FILES)
	$(call say,VDSO,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(VDSO_CFLAGS) -c $< -o $@

$(V_OUT)/%.o: $(V_DIR)/%.S $(VDSO_FLAG_FILES)
	$(call say,VDSO,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(VDSO_TARGET) -c $< -o $@

$(V_OUT)/vdso.so: $(V_OUT)/clock_calls.o $(V_OUT)/sigreturn.o $(V_DIR)/vdso.ld
	$(call say,VDSO,$@)
	$(Q)$(LLD) -shared -soname=linux-vdso.so.1 --hash-style=both --eh-frame-hdr --build-id=none -z noexecstack \
	    -z max-page-size=4096 --no-undefined --strip-all -T $(V_DIR)/vdso.ld $(filter %.o,$^) -o $@

# The kernel needs one address of it: where handlers return to.
$(V_OUT)/vdso_symbols.hpp: $(V_OUT)/vdso.so
	$(Q)$(LLVM_NM) --defined-only -D $< | \
	    sed -n 's/^\([0-9a-f]*\) T __kernel_rt_sigreturn.*/#pragma once\nnamespace torc { inline constexpr unsigned vdso_sigreturn = 0x\1; }/p' > $@
	@test -s $@

$(B)/obj/arch-aarch64/vdso_image.S.o: $(V_OUT)/vdso.so
$(B)/obj/arch-aarch64/vdso_image.cpp.o: $(V_OUT)/vdso_symbols.hpp
