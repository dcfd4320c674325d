// Whatever an operator may put into REDIS_URL.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "redis/settings.hpp"

using namespace collab::redis;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto settings = parse_url(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!settings) {
    collab::fuzz::check(!settings.error().message.empty(), "a refusal says why");
    return 0;
  }
  collab::fuzz::check(!settings->addresses.empty() && settings->database >= 0, "there is a place");
  for (const Address& address : settings->addresses)
    collab::fuzz::check(address.is_unix() || (!address.host.empty() && address.port > 0), "each place is one");
  collab::fuzz::check((settings->topology == Topology::sentinel) == !settings->master_name.empty(),
                      "sentinels, and they only, have a master's name");
  (void)describe(*settings);
  return 0;
}
