# SPDX-License-Identifier: MIT
# The pinned tools, in one place. All are Debian 12 packages; `make setup` installs them.
LLVM := 19
CLANG := clang-$(LLVM)
CLANGXX := clang++-$(LLVM)
LLD := ld.lld-$(LLVM)
LLVM_NM := llvm-nm-$(LLVM)
LLVM_OBJCOPY := llvm-objcopy-$(LLVM)
CLANG_FORMAT := clang-format-$(LLVM)
CLANG_TIDY := clang-tidy-$(LLVM)
LIBCXX_HEADERS := /usr/lib/llvm-$(LLVM)/include/c++/v1
LIBCXX_LIBRARIES := /usr/lib/llvm-$(LLVM)/lib
CROSS_GCC := aarch64-linux-gnu-gcc
CCACHE := $(shell command -v ccache)
# The same source compiled in another folder is the same object.
export CCACHE_NOHASHDIR := 1
