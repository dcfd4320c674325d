// What the official Engine.IO protocol suite talks to: every message comes back.
#pragma once

#include <memory>

#include "engineio/session.hpp"

namespace collab::conformance {

/// Any shard.
class EchoSessions final : public engineio::SessionHandlerFactory {
 public:
  std::unique_ptr<engineio::SessionHandler> make_handler(engineio::Session& session) override;
};

}  // namespace collab::conformance
