#include "app/config_values.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cctype>
#include <charconv>
#include <cmath>

namespace collab::app {

namespace asio = boost::asio;

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 127 && c != '"' && c != '\\'; });
}

/// host[:port] as it stands in an address: a name, an IPv4 address or an IPv6 address in brackets.
bool is_authority(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end_of_host = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end_of_host == std::string_view::npos) return false;
  const std::string_view host = bracketed ? text.substr(1, end_of_host - 1) : text.substr(0, end_of_host);
  std::string_view rest = end_of_host == std::string_view::npos ? std::string_view{} : text.substr(end_of_host);
  if (bracketed) {
    boost::system::error_code error;
    asio::ip::make_address_v6(std::string(host), error);
    if (error) return false;
    rest.remove_prefix(1);
  } else if (host.empty() || !std::ranges::all_of(host, [](unsigned char c) {
               return std::isalnum(c) || c == '.' || c == '-' || c == '_';
             })) {
    return false;
  }
  if (rest.empty()) return true;
  std::uint64_t port = 0;
  return rest.front() == ':' && read_number(rest.substr(1), 1, 65535, port);
}

bool is_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view scheme = text.substr(0, colon);
  return std::ranges::all_of(scheme,
                             [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '-' || c == '.'; }) &&
         is_authority(text.substr(colon + 3));
}

bool is_network(const std::string& text) {
  boost::system::error_code error;
  if (text.find('/') == std::string::npos) {
    asio::ip::make_address(text, error);
    return !error;
  }
  asio::ip::make_network_v4(text, error);
  if (!error) return true;
  asio::ip::make_network_v6(text, error);
  return !error;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::vector<std::string> split_by_comma(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const std::string_view part = trimmed(text.substr(0, comma)); !part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

bool read_bool(std::string_view text, bool& into) {
  constexpr std::array<std::string_view, 4> yes{"true", "1", "yes", "on"};
  constexpr std::array<std::string_view, 4> no{"false", "0", "no", "off"};
  const std::string word = lower(text);
  const bool is_yes = std::ranges::find(yes, word) != yes.end();
  if (!is_yes && std::ranges::find(no, word) == no.end()) return false;
  into = is_yes;
  return true;
}

bool read_number(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& into) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) return false;
  into = value;
  return true;
}

bool read_bytes(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& into) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 'k':
      case 'K':
        unit = 1024;
        break;
      case 'm':
      case 'M':
        unit = 1024 * 1024;
        break;
      case 'g':
      case 'G':
        unit = 1024 * 1024 * 1024;
        break;
      default:
        break;
    }
    if (unit != 1) text.remove_suffix(1);
  }
  std::uint64_t value = 0;
  if (!read_number(text, 0, most / unit, value) || value * unit < least) return false;
  into = value * unit;
  return true;
}

bool read_duration(std::string_view text, std::chrono::milliseconds unit, std::chrono::milliseconds least,
                   std::chrono::milliseconds most, std::chrono::milliseconds& into) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return false;
  const std::string_view given = text.substr(static_cast<std::size_t>(end - text.data()));
  if (given == "ms")
    unit = std::chrono::milliseconds(1);
  else if (given == "s")
    unit = std::chrono::seconds(1);
  else if (given == "m")
    unit = std::chrono::minutes(1);
  else if (given == "h")
    unit = std::chrono::hours(1);
  else if (given == "d")
    unit = std::chrono::days(1);
  else if (!given.empty())
    return false;
  const double total = std::round(value * static_cast<double>(unit.count()));
  if (total < static_cast<double>(least.count()) || total > static_cast<double>(most.count())) return false;
  into = std::chrono::milliseconds(static_cast<std::int64_t>(total));
  return true;
}

bool is_on_this_machine(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address_v4(std::string(host), no_address);
  return host == "localhost" || (!no_address && address.is_loopback());
}

bool read_url(std::string_view text, std::string& into) {
  const std::string_view whole = text;
  if (text.starts_with("https://"))
    text.remove_prefix(8);
  else if (text.starts_with("http://"))
    text.remove_prefix(7);
  else
    return false;
  if (!is_clean(text) || !is_authority(text.substr(0, text.find_first_of("/?#")))) return false;
  into = whole.ends_with('/') ? whole.substr(0, whole.size() - 1) : whole;
  return true;
}

bool read_origins(std::string_view text, std::vector<std::string>& into) {
  std::vector<std::string> origins = split_by_comma(text);
  if (origins.empty()) return false;
  if (std::ranges::find(origins, "*") != origins.end()) {
    into = {"*"};
    return true;
  }
  for (std::string& origin : origins) {
    if (origin.ends_with('/')) origin.pop_back();
    if (!is_origin(origin)) return false;
    origin = lower(origin);
  }
  into = std::move(origins);
  return true;
}

bool read_networks(std::string_view text, std::vector<std::string>& into) {
  std::vector<std::string> networks = split_by_comma(text);
  if (!std::ranges::all_of(networks, is_network)) return false;
  into = std::move(networks);
  return true;
}

bool read_host(std::string_view text, std::string& into) {
  boost::system::error_code error;
  if (text != "localhost") asio::ip::make_address(std::string(text), error);
  if (error) return false;
  into = text;
  return true;
}

}  // namespace collab::app
