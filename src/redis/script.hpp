// A Lua script, sent by its hash.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "redis/arguments.hpp"

namespace collab::redis {

/// The text of a script and the SHA-1 by which Redis knows it. Cheap to copy; any thread.
class Script {
 public:
  explicit Script(std::string_view text);

  const std::string& text() const { return content_->text; }
  const std::string& sha() const { return content_->sha; }

  /// `EVALSHA sha n keys… arguments…`
  Arguments by_sha(const Arguments& keys, const Arguments& arguments) const;
  /// `EVAL text n keys… arguments…`, after which by_sha() works on that node.
  Arguments by_text(const Arguments& keys, const Arguments& arguments) const;
  /// `SCRIPT LOAD text`
  Arguments load() const;

 private:
  struct Content {
    std::string text, sha;
  };
  std::shared_ptr<const Content> content_;
};

}  // namespace collab::redis
