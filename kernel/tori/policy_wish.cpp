// SPDX-License-Identifier: MIT
#include "kernel/tori/policy_wish.hpp"
#include <optional>

namespace torc {
namespace {

// What stands before `mark`, which is taken away as well; all of it if there is no mark.
std::string_view take_until(std::string_view& text, char mark)
{
    std::size_t const at = text.find(mark);
    std::string_view const taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

std::optional<unsigned> number_in(std::string_view digits, unsigned limit)
{
    unsigned number = 0;
    for (char const digit : digits) {
        if (digit < '0' || digit > '9')
            return std::nullopt;
        number = number * 10 + static_cast<unsigned>(digit - '0');
        if (number >= limit)
            return std::nullopt;
    }
    return digits.empty() ? std::nullopt : std::optional{number};
}

// "3" or "3-5".
bool add_range(TorusSet& set, std::string_view range, unsigned limit)
{
    bool const alone = range.find('-') == std::string_view::npos;
    std::optional<unsigned> const first = number_in(take_until(range, '-'), limit);
    std::optional<unsigned> const last = alone ? first : number_in(range, limit);
    if (!first || !last || *last < *first)
        return false;
    for (unsigned number = *first; number <= *last; ++number)
        set.add(number);
    return true;
}

std::optional<TorusPolicy> policy_in(std::string_view verb)
{
    if (verb == "isolate")
        return TorusPolicy::isolated;
    if (verb == "drain")
        return TorusPolicy::draining;
    if (verb == "admit")
        return TorusPolicy::open;
    return std::nullopt;
}

} // namespace

std::string_view policy_name(TorusPolicy policy)
{
    switch (policy) {
    case TorusPolicy::isolated:
        return "isolated";
    case TorusPolicy::draining:
        return "draining";
    case TorusPolicy::open:
        break;
    }
    return "open";
}

Result<TorusSet> parse_tori(std::string_view list, unsigned limit)
{
    TorusSet set;
    if (list.empty() || list.ends_with(','))
        return unexpected{Status::BadArgument};
    while (!list.empty())
        if (!add_range(set, take_until(list, ','), limit))
            return unexpected{Status::BadArgument};
    return set;
}

Result<PolicyWish> parse_wish(std::string_view text, unsigned limit)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    std::optional<TorusPolicy> const policy = policy_in(take_until(text, ' '));
    if (!policy)
        return unexpected{Status::BadArgument};
    return PolicyWish{*policy, TRY(parse_tori(text, limit))};
}

} // namespace torc
