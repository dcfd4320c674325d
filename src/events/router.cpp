#include "events/router.hpp"

namespace collab::events {

const Router::Handler* Router::find(std::string_view event) const {
  const auto found = routes_.find(event);
  return found == routes_.end() ? nullptr : &found->second;
}

}  // namespace collab::events
