// SPDX-License-Identifier: MIT
// What every program has mapped without owning it: page 0 is vvar, the vDSO's image follows.
#include "kernel/memory/space.hpp"
#include "kernel/time/vdso.hpp"

namespace torc {

Paddr special_frame(std::uint64_t index)
{
    return index == 0 ? vvar_frame() : vdso_frame(index - 1);
}

bool is_special_frame(Paddr frame)
{
    for (std::uint64_t i = 0; i <= vdso_pages(); ++i)
        if (frame == special_frame(i))
            return true;
    return false;
}

} // namespace torc
