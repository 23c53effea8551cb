// SPDX-License-Identifier: MIT
// Signal frames are written and read through the direct-map alias of the user page, NEON registers straight
// from and to the core (docs/decisions/signal-frames.md says what that saves). A part that crosses a page
// boundary goes through a copy and the ordinary user access.
#include "arch/signal_frame.hpp"
#include "arch-aarch64/signal_frame_layout.hpp"
#include "arch-aarch64/user_alias.hpp"
#include "arch/cpu.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/torus.hpp"
#include <cstring>

extern "C" void signal_float_store(torc::arch::FpsimdRecord* to);
extern "C" void signal_float_load(torc::arch::FpsimdRecord const* from);

namespace torc::arch {
namespace {

// 16 bytes at a time; the compiler may not call memcpy for it, which would cost more than the copy.
template <std::size_t count>
[[gnu::always_inline]] inline void copy_words(
    std::uint64_t* __restrict to, std::uint64_t const* __restrict from)
{
    static_assert(count % 2 == 0);
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < count; i += 2) {
        std::uint64_t const a = from[i], b = from[i + 1];
        to[i] = a;
        to[i + 1] = b;
    }
}

template <typename T> bool fits_page(Uaddr a)
{
    return a.page_offset() + sizeof(T) <= page_size;
}

void* writable_alias(Thread& thread, Uaddr a)
{
    if (void* alias = user_write_alias(a)) [[likely]]
        return alias;
    Result<void> const resolved = thread.space->resolve(a, Access::Write);
    if (!resolved && resolved.error() == Status::NotYet)
        thread.attention |= attend_page; // it is on its way from another torus
    return resolved ? user_write_alias(a) : nullptr;
}

void* readable_alias(Thread& thread, Uaddr a)
{
    if (void* alias = user_read_alias(a)) [[likely]]
        return alias;
    return thread.space->resolve(a, Access::Read) ? user_read_alias(a) : nullptr;
}

void fill_info(std::uint64_t* words, SignalInfo const& info)
{
    copy_words<sizeof info / 8>(
        words, reinterpret_cast<std::uint64_t const*>(&info)); // SAFETY: plain words, 8-byte aligned
    std::uint64_t zero = 0;
    asm("" : "+r"(zero)); // or the compiler calls memset, which costs more than the stores
#pragma clang loop unroll(full)
    for (std::size_t i = sizeof info / 8; i < user_signal_info_size / 8; ++i)
        words[i] = zero;
}

[[gnu::always_inline]] inline void fill_head(
    SignalFrameHead& head, Thread const& thread, SignalFrameContents const& contents)
{
    if (contents.action.flags & 4) // SA_SIGINFO
        fill_info(head.info, contents.info);
    head.uc_flags = 0;
    head.uc_link = 0;
    head.uc_stack.base = thread.alternate_stack.base;
    head.uc_stack.flags = thread.alternate_stack.flags;
    head.uc_stack.pad = 0;
    head.uc_stack.size = thread.alternate_stack.size;
    head.uc_sigmask = contents.mask;
    head.fault_address = thread.fault_address;
    copy_words<34>(head.registers, thread.frame.x);
}

[[gnu::always_inline]] inline void fill_float(FpsimdRecord& record, Thread const& thread)
{
    record.head = {fpsimd_magic, sizeof(FpsimdRecord)};
    if (this_torus().float_owner == &thread) [[likely]] {
        signal_float_store(&record);
        return;
    }
    record.fpsr = thread.float_used ? thread.float_state.fpsr : 0;
    record.fpcr = thread.float_used ? thread.float_state.fpcr : 0;
    for (unsigned i = 0; i < 64; ++i)
        record.v[i] = thread.float_used ? thread.float_state.v[i] : 0;
}

[[gnu::always_inline]] inline void fill_tail(SignalFrameTail& tail, Thread const& thread)
{
    fill_float(tail.fpsimd, thread);
    if (thread.fault_syndrome == 0) [[likely]] {
        tail.esr = {{0, 0}, 0}; // the end mark
        return;
    }
    tail.esr = {{esr_magic, sizeof(EsrRecord)}, thread.fault_syndrome};
    tail.end = {0, 0};
}

[[gnu::always_inline]] inline void fill_image(
    SignalFrameImage& image, Thread const& thread, SignalFrameContents const& contents)
{
    fill_tail(image.tail, thread);
    fill_head(image.head, thread, contents);
}

[[gnu::noinline]] Result<void> fill_across_pages(
    Uaddr at, Thread const& thread, SignalFrameContents const& contents)
{
    SignalFrameImage copy{};
    fill_image(copy, thread, contents);
    return copy_out(at, copy);
}

void enter_handler(
    Thread& thread, SignalFrameContents const& contents, std::uint64_t frame, std::uint64_t record)
{
    Frame& f = thread.frame;
    f.x[0] = static_cast<std::uint64_t>(contents.info.signo);
    if (contents.action.flags & 4) { // SA_SIGINFO
        f.x[1] = frame;
        f.x[2] = frame + ucontext_offset;
    }
    f.x[29] = record;
    f.x[30] = contents.trampoline;
    f.sp = frame;
    f.pc = contents.action.handler;
    f.pstate &= pstate_kept & ~0xc00ull & ~(1ull << 25); // BTYPE and TCO do not reach the handler
}

// ---- rt_sigreturn

[[gnu::always_inline]] inline void take_float(Thread& thread, FpsimdRecord const& record)
{
    if (this_torus().float_owner == &thread) [[likely]] {
        signal_float_load(&record);
        return;
    }
    thread.float_state.fpsr = record.fpsr;
    thread.float_state.fpcr = record.fpcr;
    for (unsigned i = 0; i < 64; ++i)
        thread.float_state.v[i] = record.v[i];
    thread.float_used = true;
}

// Finds the fpsimd record. As Linux: records are 16-aligned, inside the area, of known kinds, none twice, and
// end with a zero mark. The frame of ours has it first; programs may have written another order.
Result<Uaddr> find_float(Uaddr records)
{
    std::uint64_t offset = 0, found = ~0ull;
    for (unsigned count = 0; count < 16; ++count) {
        if (offset + 16 > context_records_size || offset % 16 != 0)
            return unexpected{Status::BadArgument};
        auto const head = TRY(copy_in<ContextRecordHead>(records + offset));
        if (head.magic == 0) {
            if (head.size != 0 || found == ~0ull)
                return unexpected{Status::BadArgument};
            return records + found;
        }
        if (head.size < sizeof head || head.size > context_records_size - offset)
            return unexpected{Status::BadArgument};
        if (head.magic == fpsimd_magic) {
            if (found != ~0ull || head.size != sizeof(FpsimdRecord))
                return unexpected{Status::BadArgument};
            found = offset;
        } else if (head.magic != esr_magic) {
            return unexpected{Status::BadArgument};
        }
        offset += head.size;
    }
    return unexpected{Status::BadArgument};
}

// The records in the order and form fill_tail writes them: nothing to search.
bool is_own_layout(SignalFrameTail const& tail)
{
    bool const float_first
        = tail.fpsimd.head.magic == fpsimd_magic && tail.fpsimd.head.size == sizeof(FpsimdRecord);
    if (tail.esr.head.magic == 0)
        return float_first && tail.esr.head.size == 0;
    return float_first && tail.esr.head.magic == esr_magic && tail.esr.head.size == sizeof(EsrRecord)
        && tail.end.magic == 0 && tail.end.size == 0;
}

// The frame goes as high as it can; a little lower where what is written of it would cross a page, unless the
// stack is too small for that.
std::uint64_t frame_below(std::uint64_t record, std::uint64_t stack_limit)
{
    std::uint64_t const frame = record - signal_frame_size;
    std::uint64_t const in_page
        = align_down(frame + sizeof(SignalFrameImage), page_size) - sizeof(SignalFrameImage);
    bool const crosses = frame % page_size + sizeof(SignalFrameImage) > page_size;
    return crosses && in_page >= stack_limit && in_page < frame ? in_page : frame;
}

enum class Taken : std::uint8_t { All, NotFloat, Forged };

// Straight into the thread: a frame that turns out to be bad has cost the registers, as on Linux.
[[gnu::always_inline]] inline Taken take_image(
    SignalFrameImage const& image, Thread& thread, SignalFrameReturn& back)
{
    back.mask = image.head.uc_sigmask;
    back.stack.base = image.head.uc_stack.base;
    back.stack.size = image.head.uc_stack.size;
    back.stack.flags = image.head.uc_stack.flags;
    copy_words<34>(thread.frame.x, image.head.registers);
    bool const forged = thread.frame.pstate & pstate_forced_zero;
    thread.frame.pstate &= pstate_kept;
    if (forged) [[unlikely]]
        return Taken::Forged;
    if (!is_own_layout(image.tail)) [[unlikely]]
        return Taken::NotFloat;
    take_float(thread, image.tail.fpsimd);
    return Taken::All;
}

[[gnu::noinline]] Result<Taken> take_across_pages(Uaddr at, Thread& thread, SignalFrameReturn& back)
{
    SignalFrameImage const copy = TRY(copy_in<SignalFrameImage>(at));
    return take_image(copy, thread, back);
}

[[gnu::noinline]] Result<void> search_float(Uaddr records, Thread& thread)
{
    auto const record = TRY(copy_in<FpsimdRecord>(TRY(find_float(records))));
    take_float(thread, record);
    return {};
}

} // namespace

Result<void> push_signal_frame(Thread& thread, SignalFrameContents const& contents)
{
    std::uint64_t const record = (contents.stack_top & ~15ull) - sizeof(FrameRecord);
    Uaddr const frame{frame_below(record, contents.stack_limit)};
    if (record > contents.stack_top || !user_range(frame, contents.stack_top - frame.raw())) [[unlikely]]
        return unexpected{Status::BadAddress};
    auto* const link = static_cast<FrameRecord*>(writable_alias(thread, Uaddr{record}));
    if (link == nullptr) [[unlikely]]
        return unexpected{Status::BadAddress};
    *link = {thread.frame.x[29], thread.frame.x[30]}; // 16-aligned: it crosses no page
    if (fits_page<SignalFrameImage>(frame)) [[likely]] {
        auto* const image = static_cast<SignalFrameImage*>(writable_alias(thread, frame));
        if (image == nullptr) [[unlikely]]
            return unexpected{Status::BadAddress};
        fill_image(*image, thread, contents);
    } else {
        TRY(fill_across_pages(frame, thread, contents));
    }
    enter_handler(thread, contents, frame.raw(), record);
    thread.fault_syndrome = 0;
    return {};
}

Result<void> pop_signal_frame(Thread& thread, SignalFrameReturn& back)
{
    Uaddr const at{thread.frame.sp};
    if (at.raw() % 16 != 0 || !user_range(at, signal_frame_size)) [[unlikely]]
        return unexpected{Status::BadAddress};
    Taken taken;
    if (fits_page<SignalFrameImage>(at)) [[likely]] {
        auto const* const image = static_cast<SignalFrameImage const*>(readable_alias(thread, at));
        if (image == nullptr) [[unlikely]]
            return unexpected{Status::BadAddress};
        taken = take_image(*image, thread, back);
    } else {
        taken = TRY(take_across_pages(at, thread, back));
    }
    if (taken == Taken::All) [[likely]]
        return {};
    if (taken == Taken::Forged)
        return unexpected{Status::BadArgument};
    return search_float(at + records_offset, thread);
}

} // namespace torc::arch
