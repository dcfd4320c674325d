// How many of something each client address has, over all shards.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <mutex>
#include <unordered_map>

namespace collab::engineio {

/// Shared by all shards and therefore behind a lock, which is taken twice in the life of a connection. Any thread.
class AddressCounts {
 public:
  /// Returns the count with this one.
  std::size_t enter(const boost::asio::ip::address& address) {
    const std::lock_guard lock(mutex_);
    return ++counts_[address];
  }
  void leave(const boost::asio::ip::address& address) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(address);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<boost::asio::ip::address, std::size_t> counts_;
};

}  // namespace collab::engineio
