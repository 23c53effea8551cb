// SPDX-License-Identifier: MIT
// Layouts that the assembly knows. kernel_frame.hpp checks every one against the C++ type.
#pragma once

#define FRAME_SIZE 272
#define FRAME_X30_SP 240
#define FRAME_PC_PSTATE 256

#define TORUS_STACK_TOP 0

// What an exception at EL1 saves on the kernel stack: a Frame, then what describes the exception.
#define KERNEL_FRAME_SIZE 304
#define KERNEL_FRAME_ESR_FAR 272
#define KERNEL_FRAME_LINK 288 // a frame record, so that a backtrace goes on into the interrupted function

#define FLOAT_FPSR 512
#define FLOAT_FPCR 516
