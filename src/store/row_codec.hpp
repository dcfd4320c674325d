// Values that have a form of their own in a row.
#pragma once

#include <string>
#include <string_view>

#include "model/list.hpp"

namespace collab::store {

/// `rev` minus the rev of each field, as LEB128 varints in the order of ItemField: seven bytes for a new item.
std::string pack_field_revs(const Item& item);

/// The reverse. False if it is no such text; `revs` may then be partly filled.
bool unpack_field_revs(std::string_view packed, Rev rev, std::array<Rev, item_field_count>& revs);

}  // namespace collab::store
