// SPDX-License-Identifier: MIT
// The vDSO's file (built by config/vdso.mk), on pages of its own so that they can be mapped into programs.
    .section .rodata.vdso, "a"
    .balign 4096
    .global vdso_image, vdso_image_end
vdso_image:
    .incbin "build/vdso/vdso.so"
    .balign 4096
vdso_image_end:
