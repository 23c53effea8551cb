// SPDX-License-Identifier: MIT
#include "arch-aarch64/image.hpp"
#include "arch/memory.hpp"
#include "build/vdso/vdso_symbols.hpp" // made from the built vDSO: vdso_sigreturn
#include "kernel/time/vdso.hpp"
#include "kernel/time/vvar.hpp"

extern "C" char const vdso_image[], vdso_image_end[];

namespace torc {
namespace {

constinit VvarPage page{};

} // namespace

std::size_t vdso_pages()
{
    return static_cast<std::size_t>(vdso_image_end - vdso_image) / page_size;
}

Paddr vdso_frame(std::size_t index)
{
    return arch::physical_of_image(vdso_image + index * page_size);
}

Paddr vvar_frame()
{
    return arch::physical_of_image(&page);
}

Vvar& vvar()
{
    return page.vvar;
}

std::uint64_t vdso_sigreturn_offset()
{
    return vdso_sigreturn;
}

} // namespace torc
