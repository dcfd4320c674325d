// What must have happened to a change before it is acknowledged.
#pragma once

namespace collab::exchange {

/// DURABILITY. What each survives is in docs/redis.md.
enum class Durability {
  redis,       ///< Redis has it, as its own settings make it durable
  replicated,  ///< and so many of its replicas
  database,    ///< a worker has committed it to the database
};

}  // namespace collab::exchange
