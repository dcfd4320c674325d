#include "transport/trusted_proxies.hpp"

#include <charconv>
#include <stdexcept>

namespace collab::transport {
namespace {

namespace ip = boost::asio::ip;

ip::address_v6::bytes_type as_v6(const ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

// The address as a person would write it: ::ffff:10.0.0.1 is 10.0.0.1.
ip::address plain(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One hop of X-Forwarded-For: an address, perhaps with a port.
ip::address parse_hop(std::string_view hop, boost::system::error_code& fault) {
  hop = trimmed(hop);
  if (hop.starts_with('[')) {
    const std::size_t end = hop.find(']');
    hop = end == std::string_view::npos ? std::string_view{} : hop.substr(1, end - 1);
  } else if (hop.find('.') != std::string_view::npos && hop.find(':') == hop.rfind(':')) {
    hop = hop.substr(0, hop.find(':'));
  }
  return plain(ip::make_address(std::string(hop), fault));
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& networks) {
  for (const auto& text : networks) {
    const std::string_view entry = trimmed(text);
    if (entry.empty()) continue;
    const std::size_t slash = entry.find('/');
    boost::system::error_code fault;
    const auto address = ip::make_address(std::string(entry.substr(0, slash)), fault);
    const unsigned width = address.is_v4() ? 32 : 128;
    unsigned bits = width;
    bool is_good = !fault;
    if (slash != std::string_view::npos) {
      const std::string_view digits = entry.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      is_good = is_good && error == std::errc{} && end == digits.data() + digits.size() && bits <= width;
    }
    if (!is_good) throw std::invalid_argument("not an address or network: " + std::string(entry));
    networks_.push_back({as_v6(address), bits + (address.is_v4() ? 96 : 0)});
  }
}

bool TrustedProxies::contains(const ip::address& address) const {
  if (networks_.empty()) return false;
  const auto bytes = as_v6(address);
  for (const auto& network : networks_) {
    unsigned bit = 0;
    while (bit < network.bits && ((bytes[bit / 8] ^ network.prefix[bit / 8]) >> (7 - bit % 8) & 1) == 0) ++bit;
    if (bit == network.bits) return true;
  }
  return false;
}

ip::address TrustedProxies::client_of(const ip::address& peer, std::string_view forwarded_for) const {
  ip::address client = plain(peer);
  while (!forwarded_for.empty() && contains(client)) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::string_view hop = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    boost::system::error_code fault;
    const auto address = parse_hop(hop, fault);
    if (fault) break;
    client = address;
    forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace collab::transport
