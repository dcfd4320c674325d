// What is sent to Redis: the words of one command.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace collab::redis {

/// The words of a command, or of a part of one, kept as RESP writes them: bulk strings one after the other. Words are
/// any bytes, and nothing is ever interpreted in them. A value.
///
///     Arguments get("HGETALL", key);
///     Arguments add("XADD", stream, "*");  add.add("l").add(list);
class Arguments {
 public:
  Arguments() = default;
  template <class First, class... Rest>
  requires(!std::same_as<std::remove_cvref_t<First>, Arguments>) explicit Arguments(const First& first,
                                                                                    const Rest&... rest) {
    add(first);
    (add(rest), ...);
  }

  Arguments& add(std::string_view word);
  template <std::integral T>
  Arguments& add(T number) {
    return add(std::string_view(std::to_string(number)));
  }
  /// Every word of `other`, behind ours.
  Arguments& append(const Arguments& other);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// The first word; "" if there is none. Valid until the next change.
  std::string_view front() const;

  /// Appends the whole command in RESP to `out`.
  void write_to(std::string& out) const;
  /// How many bytes write_to() appends, about.
  std::size_t bytes() const { return words_.size() + 16; }

 private:
  std::string words_;
  std::size_t size_ = 0;
};

}  // namespace collab::redis
