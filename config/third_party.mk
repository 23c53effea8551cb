# SPDX-License-Identifier: MIT
# Other people's sources that are linked into the kernel: unpacked by `make setup` from Debian source packages, compiled
# like the kernel itself but without its warnings. Kernel code includes them as <libfdt.h>, <lz4.h>, <zlib.h>.
THIRD_PARTY := $(B)/third_party
THIRD_PARTY_SOURCES := \
    $(addprefix $(THIRD_PARTY)/libfdt/,fdt.c fdt_ro.c fdt_wip.c fdt_addresses.c fdt_strerror.c) \
    $(THIRD_PARTY)/lz4/lz4.c \
    $(addprefix $(THIRD_PARTY)/zlib/,inflate.c inffast.c inftrees.c adler32.c crc32.c zutil.c)

# Of /usr/include only Boost (Intrusive) is wanted: beside it stand the host's C headers. A folder with one link keeps those out.
BOOST := $(B)/include/boost

# Seen by those who include the headers as well, so that both sides agree.
THIRD_PARTY_HEADERS := -isystem $(THIRD_PARTY)/libfdt -isystem $(THIRD_PARTY)/lz4 -isystem $(THIRD_PARTY)/zlib -DZ_SOLO \
    -isystem $(B)/include
THIRD_PARTY_CFLAGS := -std=gnu11 -w $(THIRD_PARTY_HEADERS) -DLZ4_FREESTANDING=1 -DLZ4_memcpy=__builtin_memcpy \
    -DLZ4_memmove=__builtin_memmove -DLZ4_memset=__builtin_memset
