// SPDX-License-Identifier: MIT
// The one walk over a blob's structure block. libfdt finds the tags and checks that they lie inside the
// block; what it leaves to its caller (alignment, nesting, order, limits) is checked here.
// Format: Devicetree Specification v0.4, chapter 5.
#include "kernel/devicetree/tree.hpp"
#include <algorithm>
extern "C" {
#include <libfdt.h>
}

namespace torc::dt {

namespace {

using PropertyHead = struct fdt_property; // libfdt has a function of that name too

std::string_view describe_header_error(int error)
{
    switch (error) {
    case -FDT_ERR_BADMAGIC:
        return "there is no device tree: the magic number is wrong";
    case -FDT_ERR_BADVERSION:
        return "the device tree has a version that this kernel does not read";
    case -FDT_ERR_ALIGNMENT:
        return "the device tree is not at an 8-byte aligned address";
    default:
        return "the device tree's header points outside it";
    }
}

} // namespace

// Walks the tags once and fills a Tree. `Status` says whether the blob is broken or too big.
class Unflattener final {
public:
    Unflattener(Tree& tree, std::span<std::byte const> blob)
        : tree_{tree}
        , blob_{blob}
    {
    }

    Result<void> run()
    {
        TRY(check_header());
        TRY(take_reservations());
        TRY(walk());
        sort_phandles();
        return {};
    }

private:
    static constexpr std::size_t last_version_without_struct_size = 16;

    unexpected<Status> broken(std::string_view why) { return fail(Status::BadArgument, why); }
    unexpected<Status> too_big(std::string_view why) { return fail(Status::NoSpace, why); }
    unexpected<Status> fail(Status status, std::string_view why)
    {
        tree_.problem_ = why;
        return unexpected{status};
    }
    void const* fdt() const { return blob_.data(); }

    Result<void> check_header();
    Result<void> take_reservations();
    Result<void> walk();
    Result<void> begin_node(int offset, int next);
    Result<void> end_node();
    Result<void> take_property(int offset, int next);
    Result<void> note_phandle(std::string_view name, Tree::PropertyRecord const& property);
    void sort_phandles();
    std::uint32_t offset_in_blob(void const* pointer) const
    {
        return static_cast<std::uint32_t>(static_cast<std::byte const*>(pointer) - blob_.data());
    }

    Tree& tree_;
    std::span<std::byte const> blob_;
    std::uint16_t current_{Tree::none};
    unsigned depth_{0};
    std::array<std::uint16_t, max_depth + 1> last_child_{}; // of the open node at each depth
};

Result<void> Unflattener::check_header()
{
    if (blob_.size() < sizeof(fdt_header))
        return broken("the device tree is shorter than its header");
    if (int error = fdt_check_header(fdt()); error != 0)
        return broken(describe_header_error(error));
    if (fdt_totalsize(fdt()) > blob_.size())
        return broken("the device tree is truncated");
    if (fdt_totalsize(fdt()) > max_blob_size)
        return too_big("the device tree is bigger than 2 MiB");
    if (fdt_version(fdt()) < last_version_without_struct_size)
        return broken("the device tree has a version that this kernel does not read");
    // libfdt loads words and double words straight from these offsets.
    if (fdt_off_dt_struct(fdt()) % 4 != 0 || fdt_off_mem_rsvmap(fdt()) % 8 != 0)
        return broken("a block of the device tree is not aligned");
    blob_ = blob_.first(fdt_totalsize(fdt()));
    tree_.blob_ = blob_.data();
    tree_.blob_size_ = blob_.size();
    return {};
}

Result<void> Unflattener::take_reservations()
{
    int count = fdt_num_mem_rsv(fdt());
    if (count < 0)
        return broken("the device tree's list of reservations has no end");
    tree_.reservations_ = fdt_off_mem_rsvmap(fdt());
    tree_.reservation_count_ = static_cast<std::size_t>(count);
    return {};
}

Result<void> Unflattener::walk()
{
    int offset = 0;
    for (;;) {
        int next = 0;
        std::uint32_t tag = fdt_next_tag(fdt(), offset, &next);
        if (next < 0)
            return broken("the device tree's structure block is broken or ends early");
        switch (tag) {
        case FDT_BEGIN_NODE:
            TRY(begin_node(offset, next));
            break;
        case FDT_END_NODE:
            TRY(end_node());
            break;
        case FDT_PROP:
            TRY(take_property(offset, next));
            break;
        case FDT_END:
            if (depth_ != 0 || tree_.empty())
                return broken("the device tree ends inside a node");
            return {};
        default: // FDT_NOP
            break;
        }
        offset = next;
    }
}

Result<void> Unflattener::begin_node(int offset, int next)
{
    if (depth_ == 0 && !tree_.empty())
        return broken("the device tree has two roots");
    if (depth_ > max_depth)
        return too_big("the device tree is nested too deeply");
    if (tree_.node_count_ == max_nodes)
        return too_big("the device tree has too many nodes");
    auto const* name = static_cast<char const*>(fdt_offset_ptr(fdt(), offset + FDT_TAGSIZE, 1));
    std::size_t room = static_cast<std::size_t>(next - offset) - FDT_TAGSIZE; // ends with the name's NUL
    std::size_t length = std::string_view{name, room}.find('\0');
    if (length > max_name_length)
        return too_big("the device tree has a node with too long a name");

    auto index = static_cast<std::uint16_t>(tree_.node_count_++);
    auto& node = tree_.nodes_[index];
    node = {.name = offset_in_blob(name),
        .name_length = static_cast<std::uint16_t>(length),
        .parent = current_,
        .first_child = Tree::none,
        .next_sibling = Tree::none,
        .first_property = static_cast<std::uint16_t>(tree_.property_count_),
        .compatible = Tree::none};
    if (current_ != Tree::none) {
        auto& link = last_child_[depth_ - 1];
        (link == Tree::none ? tree_.nodes_[current_].first_child : tree_.nodes_[link].next_sibling) = index;
        link = index;
    }
    last_child_[depth_] = Tree::none;
    current_ = index;
    depth_++;
    return {};
}

Result<void> Unflattener::end_node()
{
    if (depth_ == 0)
        return broken("the device tree closes a node that is not open");
    current_ = tree_.nodes_[current_].parent;
    depth_--;
    return {};
}

Result<void> Unflattener::take_property(int offset, int next)
{
    if (current_ == Tree::none)
        return broken("the device tree has a property outside every node");
    auto& node = tree_.nodes_[current_];
    if (node.first_child != Tree::none)
        return broken("the device tree has a property after a child node");
    if (tree_.property_count_ == max_properties)
        return too_big("the device tree has too many properties");

    auto const* property
        = static_cast<PropertyHead const*>(fdt_offset_ptr(fdt(), offset, sizeof(PropertyHead)));
    if (property == nullptr || next - offset < static_cast<int>(sizeof(PropertyHead)))
        return broken("the device tree has a property that ends early");
    std::uint32_t length = fdt32_to_cpu(property->len);
    if (length > static_cast<std::uint32_t>(next - offset) - sizeof(PropertyHead))
        return broken("the device tree has a property that ends early");
    int name_length = 0;
    char const* name = fdt_get_string(fdt(), static_cast<int>(fdt32_to_cpu(property->nameoff)), &name_length);
    if (name == nullptr)
        return broken("the device tree has a property whose name lies outside the strings");
    if (name_length > static_cast<int>(max_name_length))
        return too_big("the device tree has a property with too long a name");

    auto index = static_cast<std::uint16_t>(tree_.property_count_++);
    auto& record = tree_.properties_[index];
    record = {.name = offset_in_blob(name),
        .name_length = static_cast<std::uint8_t>(name_length),
        .value = offset_in_blob(property->data),
        .length = length};
    node.property_count++;
    std::string_view text{name, static_cast<std::size_t>(name_length)};
    if (text == "compatible")
        node.compatible = index;
    return note_phandle(text, record);
}

Result<void> Unflattener::note_phandle(std::string_view name, Tree::PropertyRecord const& property)
{
    if ((name != "phandle" && name != "linux,phandle") || property.length != 4)
        return {};
    std::uint32_t phandle
        = tree_.property_at(static_cast<std::size_t>(&property - tree_.properties_.data())).cell(0);
    if (phandle == 0 || phandle == 0xffff'ffff) // neither names a node (specification, 2.3.3)
        return {};
    auto& count = tree_.phandle_count_;
    if (count != 0 && tree_.phandles_[count - 1] == Tree::PhandleRecord{phandle, current_})
        return {}; // the same one under its old name
    if (count == max_phandles)
        return too_big("the device tree has too many phandles");
    tree_.phandles_[count++] = {phandle, current_};
    return {};
}

// By phandle, then in document order: of two nodes with one phandle the first is found.
void Unflattener::sort_phandles()
{
    auto used = std::span{tree_.phandles_}.first(tree_.phandle_count_);
    auto before = [](Tree::PhandleRecord const& a, Tree::PhandleRecord const& b) {
        return a.phandle != b.phandle ? a.phandle < b.phandle : a.node < b.node;
    };
    if (!std::ranges::is_sorted(used, before))
        std::ranges::sort(used, before);
}

Result<void> Tree::unflatten(std::span<std::byte const> blob)
{
    forget();
    problem_ = {};
    auto result = Unflattener{*this, blob}.run();
    if (!result)
        forget();
    return result;
}

void Tree::forget()
{
    blob_ = nullptr;
    blob_size_ = reservations_ = reservation_count_ = node_count_ = property_count_ = phandle_count_ = 0;
}

std::size_t Tree::claimed_size(std::span<std::byte const, 8> head)
{
    std::uint32_t magic = load_cell(head.data());
    return magic == FDT_MAGIC ? load_cell(head.data() + 4) : 0;
}

} // namespace torc::dt
