// SPDX-License-Identifier: MIT
#include "kernel/tori/guests.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr unsigned words_each = 5; // in an event
constexpr unsigned fixed_pieces = 3; // then the supplementary groups
constexpr unsigned groups_each = words_each * 2;

constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high)
{
    return low | std::uint64_t{high} << 32;
}
constexpr std::uint32_t low(std::uint64_t word)
{
    return static_cast<std::uint32_t>(word);
}
constexpr std::uint32_t high(std::uint64_t word)
{
    return static_cast<std::uint32_t>(word >> 32);
}

using Words = std::array<std::uint64_t, words_each>;

Words fixed_words(Process const& p, unsigned piece)
{
    Credentials const& c = p.credentials;
    switch (piece) {
    case 0:
        return {pair(static_cast<std::uint32_t>(p.pid), c.group_count),
            p.limits.values[static_cast<unsigned>(Resource::FileSize)].soft, pair(c.uid, c.euid),
            pair(c.suid, c.fsuid), pair(c.gid, c.egid)};
    case 1:
        return {pair(c.sgid, c.fsgid), c.permitted, c.effective, c.inheritable, c.bounding};
    default:
        return {c.ambient, pair(c.secure_bits, 0),
            pair(static_cast<std::uint32_t>(p.group->id), static_cast<std::uint32_t>(p.group->session->id)),
            p.stub.raw(), 0};
    }
}

void set_fixed_words(Process& p, unsigned piece, Words const& w)
{
    Credentials& c = p.credentials;
    switch (piece) {
    case 0:
        p.pid = static_cast<std::int32_t>(low(w[0])), c.group_count = std::min(high(w[0]), max_groups);
        p.limits[Resource::FileSize].soft = w[1];
        c.uid = low(w[2]), c.euid = high(w[2]), c.suid = low(w[3]), c.fsuid = high(w[3]);
        c.gid = low(w[4]), c.egid = high(w[4]);
        break;
    case 1:
        c.sgid = low(w[0]), c.fsgid = high(w[0]);
        c.permitted = w[1], c.effective = w[2], c.inheritable = w[3], c.bounding = w[4];
        break;
    default:
        c.ambient = w[0], c.secure_bits = low(w[1]);
        break;
    }
}

void set_groups(Credentials& c, unsigned from, Words const& words)
{
    for (unsigned i = 0; i < groups_each && from + i < max_groups; ++i)
        c.groups[from + i] = i % 2 == 0 ? low(words[i / 2]) : high(words[i / 2]);
}

Words group_words(Credentials const& c, unsigned from)
{
    Words words{};
    for (unsigned i = 0; i < groups_each && from + i < c.group_count; ++i)
        words[i / 2] |= std::uint64_t{c.groups[from + i]} << (i % 2 * 32);
    return words;
}

List<Guest, &Guest::in_bucket>& bucket_of(FarRecords& far, Handle home)
{
    return far.guests_by_home[(home.cell().number ^ home.torus().number * 7u) % FarRecords::buckets];
}

Guest* make_guest(Torus& torus, Handle home)
{
    FarRecords& far = *torus.far;
    Guest* const guest = far.guests.create();
    if (guest == nullptr)
        return nullptr;
    guest->home = home;
    guest->process.files = far.descriptors;
    guest->process.fs = &far.places;
    guest->process.is_guest = true;
    bucket_of(far, home).push_back(*guest);
    return guest;
}

// Into this torus's part of its group; or it is the stub of a process that was born here, which is there
// already.
void place_guest(Torus& torus, Guest& guest, Words const& words)
{
    Process* const stub = torus.processes->processes.find(Handle::from_raw(words[3]));
    guest.stub = stub != nullptr && stub->home == guest.home ? stub : nullptr;
    if (guest.stub != nullptr) {
        guest.stub->credentials = guest.process.credentials;
        return;
    }
    auto const group = static_cast<std::int32_t>(low(words[2])),
               session = static_cast<std::int32_t>(high(words[2]));
    if (guest.process.group != nullptr && guest.process.group->id == group)
        return;
    if (guest.process.group != nullptr)
        group_leave(guest.process);
    (void)group_join_part(guest.process, group, session); // without memory its calls are refused
}

void drop_guest(Torus& torus, Guest& guest)
{
    if (guest.process.group != nullptr)
        group_leave(guest.process);
    auto& bucket = bucket_of(*torus.far, guest.home);
    bucket.erase(bucket.iterator_to(guest));
    torus.far->guests.destroy(&guest);
}

} // namespace

unsigned identity_pieces(Process const& process)
{
    return fixed_pieces + (process.credentials.group_count + groups_each - 1) / groups_each;
}

Event identity_piece(Torus& torus, Process const& process, unsigned n)
{
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::Identity);
    event.sequence = n;
    event.source = torus.processes->processes.handle_of(&process);
    event.arguments = n < fixed_pieces ? fixed_words(process, n)
                                       : group_words(process.credentials, (n - fixed_pieces) * groups_each);
    return event;
}

Guest* find_guest(Torus& torus, Handle home)
{
    for (Guest& guest : bucket_of(*torus.far, home))
        if (guest.home == home)
            return &guest;
    return nullptr;
}

void take_identity(Torus& torus, Link&, Event const& event)
{
    if (torus.far == nullptr)
        return;
    Guest* guest = find_guest(torus, event.source);
    if (guest == nullptr)
        guest = make_guest(torus, event.source);
    if (guest == nullptr)
        return; // its call finds it a stranger
    if (event.sequence == fixed_pieces - 1)
        place_guest(torus, *guest, event.arguments);
    if (event.sequence < fixed_pieces)
        set_fixed_words(guest->process, event.sequence, event.arguments);
    else
        set_groups(
            guest->process.credentials, (event.sequence - fixed_pieces) * groups_each, event.arguments);
}

void guest_loses_visitor(Torus& torus, Guest& guest)
{
    if (guest.left && guest.visitors.empty())
        drop_guest(torus, guest);
}

void take_leave(Torus& torus, Link&, Event const& event)
{
    if (event.arguments[0] != 0)
        session_ends(static_cast<std::int32_t>(event.arguments[0]));
    Guest* const guest = torus.far != nullptr ? find_guest(torus, event.source) : nullptr;
    if (guest == nullptr)
        return;
    guest->left = true;
    guest_loses_visitor(torus, *guest);
}

} // namespace torc
