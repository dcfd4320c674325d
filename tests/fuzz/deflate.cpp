// Bytes that claim to be a compressed message never make more than the limit; what we compress comes back.
#include "transport/deflate.hpp"
#include "check.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  using namespace collab::transport;
  if (size == 0) return 0;
  const std::size_t limit = std::size_t{data[0]} * 64;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);

  std::string out;
  const InflateStatus status = inflate_message(bytes, limit, out);
  fuzz::check(out.size() <= limit, "the limit holds");
  fuzz::check(status == InflateStatus::ok || out.empty(), "a refused message gives nothing");

  std::string compressed;
  deflate_message(bytes, compressed, 9 + data[0] % 7);
  std::string again;
  fuzz::check(inflate_message(compressed, bytes.size(), again) == InflateStatus::ok && again == bytes,
              "a message comes back");
  return 0;
}
