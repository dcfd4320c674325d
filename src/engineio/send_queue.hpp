// The messages that wait to be sent to one client.
#pragma once

#include <boost/container/small_vector.hpp>
#include <span>

#include "engineio/message.hpp"

namespace collab::engineio {

/// A FIFO of references, counted in bytes. A single message, which is what mostly waits, needs no memory of its own. On
/// its session's shard.
class SendQueue {
 public:
  bool is_empty() const { return head_ == messages_.size(); }
  std::size_t bytes() const { return bytes_; }
  /// What waits, oldest first; valid until the next change.
  std::span<const SharedMessage> waiting() const {
    return std::span(messages_.data(), messages_.size()).subspan(head_);
  }

  void push(SharedMessage message) {
    bytes_ += message->size();
    messages_.push_back(std::move(message));
  }

  /// Forgets the `count` oldest.
  void pop(std::size_t count) {
    for (; count > 0; --count) {
      bytes_ -= messages_[head_]->size();
      messages_[head_++].reset();
    }
    if (!is_empty()) {
      if (head_ < compact_above || head_ * 2 < messages_.size()) return;
      messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
      return;
    }
    head_ = 0;
    messages_.clear();
    messages_.shrink_to_fit();  // an idle connection keeps no buffer
  }

  void clear() { pop(messages_.size() - head_); }

 private:
  static constexpr std::size_t compact_above = 64;

  boost::container::small_vector<SharedMessage, 1> messages_;
  std::size_t head_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace collab::engineio
