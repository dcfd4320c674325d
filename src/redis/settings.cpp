#include "redis/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace collab::redis {
namespace {

constexpr std::uint16_t redis_port = 6379, sentinel_port = 26379;
constexpr std::size_t max_unix_path = 107;  // sockaddr_un has 108 bytes, one of them for the end
constexpr std::size_t max_addresses = 100;

Error invalid(std::string sentence) { return Error{Errc::invalid_payload, std::move(sentence)}; }

struct Scheme {
  std::string_view name;
  Topology topology;
  bool is_tls, is_unix;
};
constexpr std::array schemes{
    Scheme{"redis", Topology::single, false, false},
    Scheme{"rediss", Topology::single, true, false},
    Scheme{"unix", Topology::single, false, true},
    Scheme{"redis+sentinel", Topology::sentinel, false, false},
    Scheme{"rediss+sentinel", Topology::sentinel, true, false},
    Scheme{"redis+cluster", Topology::cluster, false, false},
    Scheme{"rediss+cluster", Topology::cluster, true, false},
};

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return invalid("a % must be followed by two hexadecimal digits; a % itself is written %25");
    const auto byte = static_cast<char>(*high * 16 + *low);
    if (byte == '\0') return invalid("it contains %00");
    out += byte;
    i += 2;
  }
  return out;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<int> database_in(std::string_view text) {
  const auto number = number_in<int>(text);
  if (!number || *number < 0) return invalid("the database must be a number from 0 on, as in redis://localhost:6379/0");
  return *number;
}

Result<std::uint16_t> port_in(std::string_view text) {
  const auto port = number_in<std::uint16_t>(text);
  if (!port || *port == 0)
    return invalid("a port must be a number from 1 to 65535 (in a password, / is written %2F, @ %40, : %3A)");
  return *port;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) { return hex_digit(c) || c == ':' || c == '.'; });
}

// host, host:port, [::1], [::1]:port
Result<Address> address_in(std::string_view text, std::uint16_t default_port) {
  Address address;
  std::string_view host = text, port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid("an IPv6 address lacks its closing bracket");
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return invalid("after an IPv6 address only :port may follow");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
    if (!is_ipv6(host)) return invalid("what stands in brackets is no IPv6 address");
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) {
      host = text.substr(0, colon);
      port = text.substr(colon + 1);
      if (port.find(':') != std::string_view::npos) return invalid("an IPv6 address needs brackets: [::1]:6379");
    }
    if (host.empty()) return invalid("it names no host");
    if (!is_host_name(host)) return invalid("a host name has other characters than letters, digits, '.', '-' and '_'");
  }
  address.host = std::string(host);
  address.port = default_port;
  if (has_port) {
    const auto number = port_in(port);
    if (!number) return number.error();
    address.port = *number;
  }
  return address;
}

Result<void> read_addresses(std::string_view text, Settings& settings) {
  const std::uint16_t port = settings.topology == Topology::sentinel ? sentinel_port : redis_port;
  for (;;) {
    const std::size_t comma = text.find(',');
    auto address = address_in(text.substr(0, comma), port);
    if (!address) return address.error();
    settings.addresses.push_back(std::move(*address));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (settings.topology == Topology::single && settings.addresses.size() > 1)
    return invalid("several hosts need redis+sentinel:// or redis+cluster://");
  if (settings.addresses.size() > max_addresses) return invalid("it names too many hosts");
  return ok();
}

Result<void> read_user(std::string_view text, Settings& settings) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return invalid("before the @ stands user:password, or :password without a user");
  auto user = percent_decoded(text.substr(0, colon));
  if (!user) return user.error();
  auto password = percent_decoded(text.substr(colon + 1));
  if (!password) return password.error();
  if (password->empty()) return invalid("the password before the @ is empty");
  settings.user = std::move(*user);
  settings.password = std::move(*password);
  return ok();
}

// What follows the hosts: /db, /master-name[/db] or nothing. Without the slash at its begin.
Result<void> read_path(std::string_view path, Settings& settings) {
  if (settings.topology == Topology::sentinel) {
    const std::size_t slash = path.find('/');
    auto name = percent_decoded(path.substr(0, slash));
    if (!name) return name.error();
    if (name->empty())
      return invalid("the name of the master is missing: redis+sentinel://host1:26379,host2:26379/mymaster");
    settings.master_name = std::move(*name);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  if (path.empty()) return ok();
  const auto database = database_in(path);
  if (!database) return database.error();
  if (settings.topology == Topology::cluster && *database != 0) return invalid("a cluster has database 0 only");
  settings.database = *database;
  return ok();
}

Result<void> read_unix(std::string_view authority, std::string_view path, Settings& settings) {
  if (!authority.empty()) return invalid("the path of the socket begins with a slash: unix:///run/redis.sock");
  const std::size_t question = path.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = path.substr(question + 1);
    if (!query.starts_with("db=")) return invalid("after the ? of unix:// only db=n is known");
    const auto database = database_in(query.substr(3));
    if (!database) return database.error();
    settings.database = *database;
  }
  auto decoded = percent_decoded(path.substr(0, question));
  if (!decoded) return decoded.error();
  if (decoded->size() < 2) return invalid("the path of the socket is missing: unix:///run/redis.sock");
  if (decoded->size() > max_unix_path) return invalid("the path of the socket has more than 107 bytes");
  Address address;
  address.path = std::move(*decoded);
  settings.addresses.push_back(std::move(address));
  return ok();
}

Result<void> read_rest(const Scheme& scheme, std::string_view rest, Settings& settings) {
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end), path = rest.substr(authority_end);
  const std::size_t at = authority.find('@');
  if (at != std::string_view::npos) {
    if (authority.find('@', at + 1) != std::string_view::npos)
      return invalid("there are two @; in a password it is written %40");
    const auto user = read_user(authority.substr(0, at), settings);
    if (!user) return user;
    authority.remove_prefix(at + 1);
  }
  if (scheme.is_unix) return read_unix(authority, path, settings);
  if (path.find('@') != std::string_view::npos)
    return invalid("there is an @ behind a slash; in a password, / is written %2F");
  if (path.find('?') != std::string_view::npos) return invalid("it has a ?; parameters are known for unix:// only");
  const auto addresses = read_addresses(authority, settings);
  if (!addresses) return addresses;
  return read_path(path.empty() ? path : path.substr(1), settings);
}

}  // namespace

std::string to_string(const Address& address) {
  if (address.is_unix()) return "unix:" + address.path;
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<Settings> parse_url(std::string_view url) {
  const auto is_bad = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(url.begin(), url.end(), is_bad)) return invalid("it contains a space or a control character");
  if (url.find('#') != std::string_view::npos) return invalid("it contains a #; in a password it is written %23");
  const std::size_t colon = url.find("://");
  const std::string_view name = url.substr(0, colon == std::string_view::npos ? 0 : colon);
  const auto scheme =
      std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& known) { return known.name == name; });
  if (scheme == schemes.end())
    return invalid("it must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://");
  Settings settings;
  settings.topology = scheme->topology;
  settings.tls.is_on = scheme->is_tls;
  const auto rest = read_rest(*scheme, url.substr(colon + 3), settings);
  if (!rest) return rest.error();
  return settings;
}

Result<Settings> from_parts(std::string_view host, std::string_view port, std::string_view database,
                            std::string_view password) {
  Settings settings;
  Address address;
  address.host = host.empty() ? "localhost" : std::string(host);
  if (!is_host_name(address.host) && !is_ipv6(address.host))
    return invalid("REDIS_HOST is neither a host name nor an IP address; for a URL there is REDIS_URL");
  address.port = redis_port;
  if (!port.empty()) {
    const auto number = number_in<std::uint16_t>(port);
    if (!number || *number == 0) return invalid("REDIS_PORT must be a number from 1 to 65535");
    address.port = *number;
  }
  if (!database.empty()) {
    const auto number = number_in<int>(database);
    if (!number || *number < 0) return invalid("REDIS_DB must be a number from 0 on");
    settings.database = *number;
  }
  settings.addresses.push_back(std::move(address));
  settings.password = std::string(password);
  return settings;
}

std::string describe(const Settings& settings) {
  std::string out = settings.tls.is_on ? "rediss" : "redis";
  if (settings.topology == Topology::sentinel) out += "+sentinel";
  if (settings.topology == Topology::cluster) out += "+cluster";
  out += "://";
  for (std::size_t i = 0; i < settings.addresses.size(); ++i) {
    if (settings.addresses[i].is_unix())
      return "unix://" + settings.addresses[i].path + "?db=" + std::to_string(settings.database);
    out += (i > 0 ? "," : "") + to_string(settings.addresses[i]);
  }
  if (settings.topology == Topology::sentinel) out += "/" + settings.master_name;
  if (settings.topology != Topology::cluster) out += "/" + std::to_string(settings.database);
  return out;
}

}  // namespace collab::redis
