// The web client that is part of the program: only the program itself has it, not the libraries it is made of.
#pragma once

#include <span>

#include "transport/static_files.hpp"

namespace collab::app {

using WebClient = std::span<const transport::StaticFile>;

/// Empty if the program was built without one. Written by scripts/embed_web.mjs (cmake/web_client.cmake).
WebClient web_client();

}  // namespace collab::app
