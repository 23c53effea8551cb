// SPDX-License-Identifier: MIT
// Signal frames of the fake machine: kept in a list instead of on a user stack, so that tests can look at
// them.
#include "tests/host/arch/fake_signal_frame.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/time/vdso.hpp"
#include "kernel/time/vvar.hpp"

namespace torc {

std::vector<FakeSignalFrame>& fake_signal_frames()
{
    static std::vector<FakeSignalFrame> frames;
    return frames;
}

namespace arch {

Result<void> push_signal_frame(Thread& thread, SignalFrameContents const& contents)
{
    if (contents.stack_top < 0x1000)
        return unexpected{Status::BadAddress};
    fake_signal_frames().push_back({thread.frame, contents.info, contents.mask, thread.alternate_stack,
        contents.stack_top, contents.trampoline});
    thread.frame.x[0] = static_cast<std::uint64_t>(contents.info.signo);
    thread.frame.pc = contents.action.handler;
    thread.frame.sp = contents.stack_top - 4704;
    return {};
}

Result<void> pop_signal_frame(Thread& thread, SignalFrameReturn& back)
{
    auto& frames = fake_signal_frames();
    if (frames.empty())
        return unexpected{Status::BadAddress};
    FakeSignalFrame const frame = frames.back();
    frames.pop_back();
    thread.frame = frame.registers;
    back = {frame.mask, frame.stack};
    return {};
}

} // namespace arch

namespace {
VvarPage vvar_page;
}

std::size_t vdso_pages()
{
    return 1;
}
Paddr vdso_frame(std::size_t)
{
    return Paddr{0};
}
Paddr vvar_frame()
{
    return Paddr{0};
}
Vvar& vvar()
{
    return vvar_page.vvar;
}
std::uint64_t vdso_sigreturn_offset()
{
    return 0x600;
}

} // namespace torc
