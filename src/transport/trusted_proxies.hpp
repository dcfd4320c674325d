// Whose X-Forwarded-For counts.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace collab::transport {

/// A set of networks, from TRUSTED_PROXIES. Immutable; any thread.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses and CIDR networks ("10.0.0.0/8", "::1"). Throws std::invalid_argument on what is neither.
  explicit TrustedProxies(const std::vector<std::string>& networks);

  bool contains(const boost::asio::ip::address& address) const;
  /// The client behind `peer`: walks the header from its right end while the hop is trusted.
  boost::asio::ip::address client_of(const boost::asio::ip::address& peer, std::string_view forwarded_for) const;

 private:
  struct Network {
    boost::asio::ip::address_v6::bytes_type prefix;  // IPv4 as its mapped form
    unsigned bits;
  };
  std::vector<Network> networks_;
};

}  // namespace collab::transport
