// SPDX-License-Identifier: MIT
// Any bytes as a device tree: either refused with a reason, or every question has an answer.
#include "../host/devicetree/blob.hpp"
#include "../host/devicetree/exercise.hpp"
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace torc::dt;
    static Tree tree;
    test::Blob blob{std::span{data, size}};
    if (tree.unflatten(blob))
        test::exercise(tree);
    else if (tree.problem().empty() || !tree.empty())
        std::abort();
    return 0;
}
