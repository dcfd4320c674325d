#include "events/messages.hpp"

#include <boost/mp11/algorithm.hpp>

#include "schema/traits.hpp"

namespace collab::events {

void UpdateItemEvent::check(const UpdateItemEvent& update, const schema::json::object& from, const schema::Place& here,
                            schema::Faults& faults) {
  if (!update.updates) return;
  for (const auto& [key, value] : from) {
    const std::string_view name{key.data(), key.size()};
    if (schema::has_member<ItemFields>(name))
      faults.add(here.at(name), {"value_error", "Value error, give either updates or the fields themselves, not both"});
  }
}

void ShareListEvent::check(const ShareListEvent& share, const schema::json::object& from, const schema::Place& here,
                           schema::Faults& faults) {
  const auto is_given = [&from](std::string_view name) {
    const schema::json::value* value = from.if_contains(name);
    return value && !value->is_null();
  };
  if (share.shared_user_id && share.email)
    faults.add(here.at("email"), {"value_error", "Value error, give either shared_user_id or email, not both"});
  else if (!is_given("shared_user_id") && !is_given("email"))
    faults.add(here.at("shared_user_id"), {"missing", "Field required, or email"});
}

bool may_stand_in_batch(std::string_view event) {
  bool may = false;
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ClientEvents>>([&](auto type) {
    using Event = typename decltype(type)::type;
    if constexpr (Mutating<Event>) may = may || event == Event::event;
  });
  return may;
}

}  // namespace collab::events
