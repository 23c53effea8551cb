// SPDX-License-Identifier: MIT
// The code of process 1 until it has become a program: tries one path after another. The kernel copies it to a user page;
// x19: list of path addresses, ended by 0; x20: argv (argv[0] is filled in here); x21: envp.
    .section .rodata.first_program, "a"
    .global first_program_begin, first_program_end
    .balign 8
first_program_begin:
1:  ldr     x0, [x19], #8
    cbz     x0, 2f
    str     x0, [x20]
    mov     x1, x20
    mov     x2, x21
    mov     x8, #221                // execve
    svc     #0
    b       1b
2:  mov     x0, #127                // nothing could be run
    mov     x8, #94                 // exit_group
    svc     #0
    b       2b
    .balign 8
first_program_end:
