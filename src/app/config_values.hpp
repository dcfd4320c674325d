// Reads one value of a setting from text. Pure; false = the text is not allowed, and the target is unchanged.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace collab::app {

/// True true 1 yes on, False false 0 no off, in any case.
bool read_bool(std::string_view text, bool& into);

/// A whole decimal number from `least` to `most`.
bool read_number(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& into);

/// As read_number, with an optional k, M or G (powers of 1024): "256M", "64k", "1000000".
bool read_bytes(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& into);

/// A number, decimals allowed, of `unit`s, or with a unit of its own: ms s m h d. "15", "0.5", "300ms".
bool read_duration(std::string_view text, std::chrono::milliseconds unit, std::chrono::milliseconds least,
                   std::chrono::milliseconds most, std::chrono::milliseconds& into);

/// An http or https address, without the slash at its end; no spaces, no user names, a host.
bool read_url(std::string_view text, std::string& into);
/// The host of an http address that read_url has taken is this machine.
bool is_on_this_machine(std::string_view url);

/// "*", or origins as browsers send them, separated by commas: "https://a.example,http://localhost:3000".
bool read_origins(std::string_view text, std::vector<std::string>& into);

/// IP addresses and networks, separated by commas: "10.0.0.0/8,::1".
bool read_networks(std::string_view text, std::vector<std::string>& into);

/// An IP address to listen on, or localhost.
bool read_host(std::string_view text, std::string& into);

/// The parts between commas, without spaces around them; empty parts are left out.
std::vector<std::string> split_by_comma(std::string_view text);

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace collab::app
