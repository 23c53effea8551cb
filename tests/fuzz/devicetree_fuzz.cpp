// SPDX-License-Identifier: MIT
// Any bytes as a device tree: either refused with a reason, or every question has an answer. The mutator
// starts from a good tree and mostly keeps the header believable: noise alone would never pass the magic
// number.
#include "../host/devicetree/exercise.hpp"
#include "../host/devicetree/rich_tree.hpp"
#include <algorithm>
#include <cstdlib>

using namespace torc::dt;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t room, unsigned int seed)
{
    static test::Bytes const good = test::rich_tree().bytes();
    constexpr std::size_t header_size = 40;
    if (size < header_size && good.size() <= room) {
        std::ranges::copy(good, data);
        size = good.size();
    }
    if (size < header_size || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, room);
    size = header_size + LLVMFuzzerMutate(data + header_size, size - header_size, room - header_size);
    test::Bytes total;
    test::append_cell(total, static_cast<std::uint32_t>(size));
    std::ranges::copy(total, data + 4);
    return size;
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static Tree tree;
    test::Blob blob{std::span{data, size}};
    if (tree.unflatten(blob))
        test::exercise(tree);
    else if (tree.problem().empty() || !tree.empty())
        std::abort();
    return 0;
}
