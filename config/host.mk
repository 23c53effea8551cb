# SPDX-License-Identifier: MIT
# The host ring of the tests: substrate/ and kernel/ compiled for this machine with the kernel's own standard library and
# every sanitizer that fits, against the fake machine of tests/host/arch. One test program for each folder of tests/host, so that
# a broken folder does not hold up the others.
HOST_LIBCXX := -nostdinc++ -isystem $(LIBCXX_HEADERS) -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE
HOST_CODE := -std=c++23 -O1 -g -fno-omit-frame-pointer -pthread -DTORC_HOST=1
# Portable code reaches the machine as "arch/...": tests/host/arch stands before the real headers, which serve where they are pure.
HOST_INCLUDES := -I. -Itests/host -Iarch-aarch64 $(THIRD_PARTY_HEADERS) -isystem /usr/src/googletest/googletest/include
HOST_WARNINGS := -Wall -Wextra -Werror
HOST_ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_TSAN := -fsanitize=thread
HOST_CXXFLAGS := $(HOST_CODE) $(HOST_LIBCXX) $(HOST_INCLUDES) $(HOST_WARNINGS)
HOST_LDFLAGS := -nostdlib++ -fuse-ld=lld --ld-path=/usr/bin/$(LLD) -pthread -Wl,--gc-sections -Wl,--error-limit=10
HOST_LIBRARIES := $(LIBCXX_LIBRARIES)/libc++.a $(LIBCXX_LIBRARIES)/libc++abi.a

# Sources of arch-aarch64/ that can (no assembly, no register). Compiled through links elsewhere: from their own folder they would
# find the real arch/ before the fake one.
HOST_FROM_ARCH := $(shell cat tests/host/arch/sources.list 2>/dev/null)
