// Lines of a request's headers: extensions, then upgrade, connection, key and version.
#include <array>

#include "check.hpp"
#include "transport/websocket_handshake.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  using namespace collab::transport;
  std::string_view rest = fuzz::text_of(data, size);
  std::array<std::string_view, 5> lines;
  for (std::string_view& line : lines) {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }

  const auto agreement = negotiate_deflate(lines[0]);
  if (agreement) {
    fuzz::check(agreement->server_window_bits >= 9 && agreement->server_window_bits <= 15, "the window is possible");
    fuzz::check(negotiate_deflate(agreement->header).has_value(), "our answer would be a valid offer");
  }
  UpgradeRequest request;
  request.method = "GET";
  request.host = "localhost";
  request.upgrade = lines[1];
  request.connection = lines[2];
  request.key = lines[3];
  request.version = lines[4];
  if (check_upgrade(request)) return 0;

  std::string response;
  append_switching_protocols(response, request.key, agreement ? &*agreement : nullptr);

  fuzz::check(response.ends_with("\r\n\r\n") && response.find("\r\n\r\n") == response.size() - 4, "one header block");
  return 0;
}
