// SPDX-License-Identifier: MIT
// Doubly linked lists through hooks inside the records (Boost.Intrusive): no allocation, O(1) removal.
// normal_link: a record must be taken out before it is freed; hosts' debug builds find it by poison. The
// alias works inside the record's own class too, because the list is only instantiated when used.
#pragma once
#include <boost/intrusive/list.hpp>

namespace torc {

using ListHook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

template <typename T, ListHook T::* hook>
using List = boost::intrusive::list<T, boost::intrusive::member_hook<T, ListHook, hook>,
    boost::intrusive::constant_time_size<false>>;

} // namespace torc
