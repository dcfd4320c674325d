#include "core/uuid.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <chrono>
#include <stdexcept>
#include <vector>

namespace collab {
namespace {

constexpr auto hex_pairs = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<char, 512> pairs{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    pairs[2 * byte] = digits[byte >> 4];
    pairs[2 * byte + 1] = digits[byte & 15];
  }
  return pairs;
}();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void fill_random(std::uint8_t* out, std::size_t size) {
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::runtime_error("the system's random generator failed");
}

bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t byte = 0;
  for (std::size_t at = 0; at < 36;) {
    if (is_dash(at)) {
      if (text[at++] != '-') return std::nullopt;
      continue;
    }
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[byte++] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return id;
}

Uuid Uuid::make() {
  // Random bytes are drawn in blocks: one call of the generator costs more than a whole op should.
  thread_local std::array<std::uint8_t, 1000> pool;
  thread_local std::size_t used = pool.size();
  if (used + 10 > pool.size()) {
    fill_random(pool.data(), pool.size());
    used = 0;
  }
  Uuid id;
  using namespace std::chrono;
  auto ms = static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  for (int at = 5; at >= 0; --at, ms >>= 8) id.bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(ms);
  std::memcpy(id.bytes.data() + 6, pool.data() + used, 10);
  used += 10;
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0F));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

Uuid Uuid::derived_from(std::string_view purpose, std::string_view a, std::string_view b) {
  std::string input;
  for (auto part : {purpose, a, b}) input.append(std::to_string(part.size())).append(":").append(part);
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(input.data(), input.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  Uuid id;
  std::memcpy(id.bytes.data(), digest, 16);
  id.bytes[6] = static_cast<std::uint8_t>(0x80 | (id.bytes[6] & 0x0F));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

void Uuid::append_to(std::string& out) const {
  char text[text_size];
  write_to(text);
  out.append(text, sizeof text);
}

void Uuid::write_to(char* out) const {
  constexpr std::array<std::uint8_t, 16> places = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  for (std::size_t at = 0; at < bytes.size(); ++at) std::memcpy(out + places[at], &hex_pairs[2u * bytes[at]], 2);
  out[8] = out[13] = out[18] = out[23] = '-';
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(36);
  append_to(text);
  return text;
}

std::string random_token(std::size_t size) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<std::uint8_t> bytes(size);
  fill_random(bytes.data(), size);
  std::string text;
  unsigned bits = 0, held = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8 | byte) & 0x3FFF;
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[held >> (bits - 6) & 63];
  }
  if (bits > 0) text += alphabet[held << (6 - bits) & 63];
  return text;
}

}  // namespace collab
