// The first byte chooses a client event, the rest is its payload as JSON. Refusals must name their faults.
#include <boost/mp11/algorithm.hpp>

#include "check.hpp"
#include "core/json.hpp"
#include "events/messages.hpp"
#include "schema/decode.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  if (size == 0) return 0;
  const auto payload = parse_json(fuzz::text_of(data + 1, size - 1));
  if (!payload) return 0;

  constexpr std::size_t count = boost::mp11::mp_size<events::ClientEvents>::value;
  boost::mp11::mp_with_index<count>(data[0] % count, [&](auto index) {
    using Event = boost::mp11::mp_at_c<events::ClientEvents, index>;
    const Result<Event> event = schema::decode<Event>(*payload);
    if (!event.has_error()) return;
    fuzz::check(event.error().code == Errc::invalid_payload, "a payload is refused as invalid");
    fuzz::check(!event.error().fields.empty() && !event.error().message.empty(), "a refusal names its faults");
  });
  return 0;
}
