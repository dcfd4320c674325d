#include "services/account_rules.hpp"

#include "core/utf8.hpp"
#include "services/account_service.hpp"

namespace collab::services {
namespace {

constexpr std::size_t max_email = 254;  // RFC 5321, 4.5.3.1.3
constexpr std::size_t max_email_local = 64;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_control_or_blank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; }

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.front() == '.' || domain.back() == '.' || domain.front() == '-') return false;
  return domain.find("..") == std::string_view::npos && domain.find('@') == std::string_view::npos;
}

void add(Error& all, const Error& one) {
  all.message.append(all.message.empty() ? "" : " ").append(one.message);
  all.fields.insert(all.fields.end(), one.fields.begin(), one.fields.end());
}

}  // namespace

Error bad_field(std::string field, std::string sentence) {
  Error error{Errc::invalid_payload, sentence};
  error.fields.push_back({{std::move(field)}, std::move(sentence), "value_error"});
  return error;
}

std::optional<std::string> normalise_email(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > max_email || !is_valid_utf8(text)) return std::nullopt;
  if (std::any_of(text.begin(), text.end(), is_control_or_blank)) return std::nullopt;
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > max_email_local || !is_domain(text.substr(at + 1)))
    return std::nullopt;
  std::string email(text);
  for (char& c : email) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return email;
}

Result<void> check_password(std::string_view password, std::string field) {
  const auto length = characters(password);
  if (length < min_password || length > max_password || password.find('\0') != std::string_view::npos ||
      !is_valid_utf8(password))
    return bad_field(std::move(field), "The password must have 8 to 128 characters.");
  return ok();
}

Result<std::string> check_name(std::string_view name) {
  name = trimmed(name);
  if (name.empty() || characters(name) > max_name || name.find('\0') != name.npos || !is_valid_utf8(name))
    return bad_field("name", "The name must have 1 to 100 characters.");
  return std::string(name);
}

Result<NewAccount> check_new_account(NewAccount account) {
  Error faults{Errc::invalid_payload, ""};
  auto email = normalise_email(account.email);
  if (!email) add(faults, bad_field("email", "The e-mail address is not valid."));
  if (const auto password = check_password(account.password); !password) add(faults, password.error());
  auto name = check_name(account.name);
  if (!name) add(faults, name.error());
  if (!faults.fields.empty()) return faults;
  account.email = std::move(*email);
  account.name = std::move(*name);
  return account;
}

}  // namespace collab::services
