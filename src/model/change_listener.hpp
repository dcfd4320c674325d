// How changes travel upwards: implemented by whoever turns them into events.
#pragma once

#include "model/change.hpp"
#include "model/list.hpp"

namespace collab {

/// Hears every change that a replica applies, in rev order per list, each once, after it is durable. Must not throw.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;

  /// On the list's shard. `after` is what readers see from now on, `before` what they saw; `change` led from one to the
  /// other. `change` is null if changes were missed and the list was read again: `after` is then newer by an unknown
  /// number of changes.
  virtual void on_change(const ListView& before, const ListView& after, const SharedChange& change) = 0;
};

}  // namespace collab
