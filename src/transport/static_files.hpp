// Files that are part of the program, as a web client is: precompressed, and served by a table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "transport/http_router.hpp"

namespace collab::transport {

/// One file in its encodings. All views last as long as the program.
struct StaticFile {
  std::string_view path;  ///< "/assets/index-4f2c.js"
  std::string_view hash;  ///< of the content; what entity tags are made of
  std::string_view plain;
  std::string_view gzip;    ///< empty where it would not be smaller
  std::string_view brotli;  ///< likewise
};

enum class Encoding { plain, gzip, brotli };

/// The encoding that the client likes best (RFC 9110, 12.5.3), of those that the file has; of equals the smallest.
Encoding choose_encoding(const StaticFile& file, std::string_view accept_encoding);

/// By the path's extension.
std::string_view content_type_of(std::string_view path);

/// Whether If-None-Match has this entity tag (RFC 9110, 13.1.2).
bool matches_any(std::string_view if_none_match, std::string_view tag);

/// Answers for a single-page application. Files under /assets/ are named by their content and cached for ever, all
/// others are asked for again each time. A page that the application itself routes, such as /list/7, is its index.html.
/// Immutable; any thread. A path is only ever looked up, so none can lead anywhere else.
class StaticFiles {
 public:
  /// `reserved`: first segments of paths that are others' ("auth"), and therefore never a page of the application.
  StaticFiles(std::span<const StaticFile> files, std::vector<std::string> reserved);

  /// nullopt: no file, and no page.
  std::optional<HttpResponse> answer(const HttpRequest& request) const;

 private:
  const StaticFile* find(std::string_view path) const;
  bool is_page(std::string_view path) const;

  std::unordered_map<std::string_view, const StaticFile*> files_;
  std::vector<std::string> reserved_;
};

}  // namespace collab::transport
