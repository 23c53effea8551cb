# SPDX-License-Identifier: MIT
# How the kernel is compiled: freestanding C++23 for any ARMv8.0 core, general registers only.
KERNEL_CXX := $(CLANGXX)
KERNEL_CC := $(CLANG)
KERNEL_LD := $(LLD)

KERNEL_TARGET := --target=aarch64-none-elf -march=armv8-a+crc -mgeneral-regs-only -mstrict-align \
    -mbranch-protection=standard -mfix-cortex-a53-835769

KERNEL_CODE := -O2 -gdwarf-5 -ffreestanding -fno-pic -mcmodel=small -fno-common \
    -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections \
    -fno-omit-frame-pointer -momit-leaf-frame-pointer -ftrivial-auto-var-init=zero \
    -fdebug-compilation-dir=.

# The C headers that libc++'s own headers want are picolibc's; nothing of its library is linked.
KERNEL_C_HEADERS := -isystem /usr/lib/picolibc/aarch64-linux-gnu/include
KERNEL_HEADERS := -nostdinc++ -isystem $(LIBCXX_HEADERS) $(KERNEL_C_HEADERS) $(THIRD_PARTY_HEADERS) \
    -D_LIBCPP_HAS_NO_THREADS -D_LIBCPP_HAS_NO_FILESYSTEM -D_LIBCPP_HAS_NO_LOCALIZATION \
    -D_LIBCPP_HAS_NO_MONOTONIC_CLOCK -D_LIBCPP_HAS_NO_RANDOM_DEVICE -D_LIBCPP_HAS_NO_WIDE_CHARACTERS \
    -D_LIBCPP_HAS_NO_TIME_ZONE_DATABASE -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST -I. -Iarch-aarch64 \
    -DBOOST_NO_EXCEPTIONS -DBOOST_DISABLE_THREADS -DBOOST_EXCEPTION_DISABLE -DBOOST_NO_RTTI -DBOOST_NO_TYPEID -DNDEBUG

# What the compiler checks at run time; each ends in a BRK that the panic decodes.
UBSAN_CHECKS := bounds,integer-divide-by-zero,return,unreachable,shift,null
KERNEL_HARDENING := -fstack-protector-strong -fsanitize=kcfi \
    -fsanitize=$(UBSAN_CHECKS) -fsanitize-trap=$(UBSAN_CHECKS)

KERNEL_WARNINGS := -Wall -Wextra -Werror -Wimplicit-fallthrough -Wextra-semi -Wglobal-constructors

KERNEL_CXX_ONLY := -std=c++23 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-c++-static-destructors

# Optimised across files (docs/build.md says what that buys). LTO=0 links faster while one works on the code.
ifneq ($(LTO),0)
KERNEL_LTO := -flto=thin
KERNEL_LTO_LDFLAGS := --lto-O3 --thinlto-cache-dir=$(B)/lto
endif

KERNEL_CXXFLAGS := $(KERNEL_TARGET) $(KERNEL_CODE) $(KERNEL_HARDENING) $(KERNEL_WARNINGS) $(KERNEL_CXX_ONLY) \
    $(KERNEL_HEADERS) $(KERNEL_LTO) $(EXTRA_FLAGS)
KERNEL_CFLAGS := $(KERNEL_TARGET) $(KERNEL_CODE) $(KERNEL_HARDENING) $(KERNEL_C_HEADERS) $(THIRD_PARTY_CFLAGS) $(KERNEL_LTO)
KERNEL_ASFLAGS := $(KERNEL_TARGET) -gdwarf-5 -I. -Iarch-aarch64 -D__ASSEMBLY__ -fdebug-compilation-dir=.
KERNEL_LDFLAGS := --error-limit=20 -nostdlib -static -z max-page-size=4096 --gc-sections --fatal-warnings \
    --fix-cortex-a53-843419 -z noexecstack --no-undefined $(KERNEL_LTO_LDFLAGS)
