#include "redis/arguments.hpp"

#include <charconv>

namespace collab::redis {

Arguments& Arguments::add(std::string_view word) {
  words_ += '$';
  words_ += std::to_string(word.size());
  words_ += "\r\n";
  words_ += word;
  words_ += "\r\n";
  ++size_;
  return *this;
}

Arguments& Arguments::append(const Arguments& other) {
  words_ += other.words_;
  size_ += other.size_;
  return *this;
}

std::string_view Arguments::front() const {
  if (empty()) return {};
  const std::size_t line_end = words_.find('\r');
  std::size_t length = 0;
  std::from_chars(words_.data() + 1, words_.data() + line_end, length);
  return std::string_view(words_).substr(line_end + 2, length);
}

void Arguments::write_to(std::string& out) const {
  out += '*';
  out += std::to_string(size_);
  out += "\r\n";
  out += words_;
}

}  // namespace collab::redis
