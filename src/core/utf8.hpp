// UTF-8 as RFC 3629 defines it: what every text from outside must be before it goes further.
#pragma once

#include <string_view>

namespace collab {

/// True if `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off.
/// Any thread.
bool is_valid_utf8(std::string_view text);

}  // namespace collab
