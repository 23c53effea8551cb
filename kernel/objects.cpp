// SPDX-License-Identifier: MIT
#include "kernel/objects.hpp"
#include "kernel/torus.hpp"
#include "substrate/invariant.hpp"

namespace torc {
void add_object_row(char const* name, CountObjects count, void const* of)
{
    ObjectRows& objects = this_torus().objects;
    invariant(objects.count < ObjectRows::limit);
    objects.rows[objects.count++] = {name, count, of};
}

bool object_row(unsigned i, char const*& name, ObjectCount& count)
{
    ObjectRows const& objects = this_torus().objects;
    if (i >= objects.count)
        return false;
    ObjectRows::Row const& row = objects.rows[i];
    name = row.name;
    count = row.count(row.of);
    return true;
}

} // namespace torc
