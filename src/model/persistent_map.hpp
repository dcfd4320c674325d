// An immutable map whose versions share what they have in common: a list's items, without a copy of them all per
// change.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace collab {

/// Numbers of this process alone, so that nobody can choose keys that collide.
struct HashSeed {
  std::uint64_t first;
  std::uint64_t second;

  static const HashSeed& of_process() {
    static const HashSeed seed = [] {
      std::random_device device;
      const auto word = [&device] { return (std::uint64_t{device()} << 32) | device(); };
      return HashSeed{word(), word()};
    }();
    return seed;
  }
};

/// Multiplies to 128 bits and folds: every bit of both inputs reaches every bit of the result.
inline std::uint64_t mix_bits(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The hash of a PersistentMap: all 128 bits of an id (clients choose ids), the std::hash of everything else.
struct SeededHash {
  template <class Key>
  std::uint64_t operator()(const Key& key) const {
    const HashSeed& seed = HashSeed::of_process();
    if constexpr (requires { key.value.bytes; }) {
      static_assert(sizeof(key.value.bytes) == 16);
      std::uint64_t half[2];
      std::memcpy(half, key.value.bytes.data(), 16);
      return mix_bits(mix_bits(half[0] ^ seed.first, half[1] ^ seed.second), seed.first | 1);
    } else {
      return mix_bits(static_cast<std::uint64_t>(std::hash<Key>{}(key)) ^ seed.first, seed.second | 1);
    }
  }
};

/// A hash trie with 32-way nodes. A copy costs one pointer; set() and erase() copy only the path to the entry.
///
/// Thread safety: a value may be read, copied and destroyed on any thread while other copies are on others. Changing
/// one object (assignment) is its owner's, as for every value.
///
/// Invariants:
/// 1. A node has at most one thing per slot: an entry (`entry_slots`) or a child (`child_slots`); the bit sets are
/// disjoint, and
///    the vectors hold as many things, in the order of their slots.
/// 2. An entry lies on the path that its key's hash spells, 5 bits per level; below the last level its node has no
/// slots, and
///    its entries, whose hashes are equal, have no order.
/// 3. A child holds at least two entries in its subtree; the root may hold less. Thus equal contents have equal shape.
/// 4. A node with more than one owner is never written.
template <class Key, class Value, class Hash = SeededHash>
class PersistentMap {
 public:
  PersistentMap() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Null if it is not there. The pointer lives as long as any map that holds the same entry.
  const Value* find(const Key& key) const {
    const std::uint64_t hash = Hash{}(key);
    const Node* node = root_.get();
    for (unsigned shift = 0; node != nullptr; shift += bits_per_level) {
      if (shift >= hash_bits) return find_equal(*node, key);
      const std::uint32_t slot = slot_of(hash, shift);
      if (node->entry_slots & slot) {
        const Entry& entry = node->entries[index_of(node->entry_slots, slot)];
        return entry.first == key ? &entry.second : nullptr;
      }
      node = node->child_slots & slot ? node->children[index_of(node->child_slots, slot)].get() : nullptr;
    }
    return nullptr;
  }
  bool contains(const Key& key) const { return find(key) != nullptr; }

  /// The map with this entry in it, in place of one with an equal key. This one stays as it is.
  PersistentMap set(const Key& key, Value value) const& { return PersistentMap(*this).set(key, std::move(value)); }
  /// The same for a map that is given up: nodes that only it owns are written in place. Filling a map this way copies
  /// nothing.
  PersistentMap set(const Key& key, Value value) && {
    if (set_in(root_, key, std::move(value), Hash{}(key), 0)) ++size_;
    return std::move(*this);
  }

  /// The map without this key; the same map if it has none.
  PersistentMap erase(const Key& key) const& { return PersistentMap(*this).erase(key); }
  PersistentMap erase(const Key& key) && {
    if (!contains(key)) return std::move(*this);
    erase_in(root_, key, Hash{}(key), 0);
    --size_;
    return std::move(*this);
  }

  /// Calls f(key, value) once for every entry, in no particular order (it differs from process to process).
  template <class F>
  void for_each(F&& f) const {
    if (root_) visit(*root_, f);
  }

  /// Whether both are the very same version; cheap, and false says nothing.
  bool is_same_as(const PersistentMap& other) const { return root_.get() == other.root_.get(); }

 private:
  using Entry = std::pair<Key, Value>;
  static constexpr unsigned bits_per_level = 5;
  static constexpr unsigned hash_bits = 64;

  struct Node;

  /// A counted reference to a node, with a count that any thread may change.
  class NodeRef {
   public:
    NodeRef() = default;
    explicit NodeRef(Node* node) : node_(node) {}
    NodeRef(const NodeRef& other) : node_(other.node_) {
      if (node_) node_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    NodeRef& operator=(NodeRef other) noexcept {
      std::swap(node_, other.node_);
      return *this;
    }
    ~NodeRef() {
      if (node_ && node_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
    }
    explicit operator bool() const { return node_ != nullptr; }
    const Node* get() const { return node_; }
    const Node& operator*() const { return *node_; }

    /// The node, writable: itself if nobody else owns it, else a copy that takes its place here.
    Node& own() {
      if (!node_) {
        node_ = new Node;
      } else if (node_->owners.load(std::memory_order_acquire) != 1) {
        *this = NodeRef(new Node(*node_));
      }
      return *node_;
    }

   private:
    Node* node_ = nullptr;
  };

  struct Node {
    Node() = default;
    Node(const Node& other)
        : entry_slots(other.entry_slots),
          child_slots(other.child_slots),
          entries(other.entries),
          children(other.children) {}
    Node& operator=(const Node&) = delete;

    std::atomic<std::uint32_t> owners{1};
    std::uint32_t entry_slots = 0;
    std::uint32_t child_slots = 0;
    std::vector<Entry> entries;
    std::vector<NodeRef> children;
  };

  static std::uint32_t slot_of(std::uint64_t hash, unsigned shift) {
    return std::uint32_t{1} << ((hash >> shift) & 31u);
  }
  static std::size_t index_of(std::uint32_t slots, std::uint32_t slot) {
    return static_cast<std::size_t>(std::popcount(slots & (slot - 1)));
  }
  template <class Vector>
  static auto at(Vector& vector, std::size_t index) {
    return vector.begin() + static_cast<std::ptrdiff_t>(index);
  }

  static const Value* find_equal(const Node& node, const Key& key) {
    for (const Entry& entry : node.entries)
      if (entry.first == key) return &entry.second;
    return nullptr;
  }

  /// Whether the key is new.
  static bool set_in(NodeRef& ref, const Key& key, Value&& value, std::uint64_t hash, unsigned shift) {
    Node& node = ref.own();
    if (shift >= hash_bits) return set_among_equals(node, key, std::move(value));
    const std::uint32_t slot = slot_of(hash, shift);
    if (node.child_slots & slot)
      return set_in(node.children[index_of(node.child_slots, slot)], key, std::move(value), hash,
                    shift + bits_per_level);
    const std::size_t index = index_of(node.entry_slots, slot);
    if (!(node.entry_slots & slot)) {
      node.entries.insert(at(node.entries, index), Entry(key, std::move(value)));
      node.entry_slots |= slot;
      return true;
    }
    if (node.entries[index].first == key) {
      node.entries[index].second = std::move(value);
      return false;
    }
    push_down(node, index, slot, shift);
    return set_in(node.children[index_of(node.child_slots, slot)], key, std::move(value), hash, shift + bits_per_level);
  }

  static bool set_among_equals(Node& node, const Key& key, Value&& value) {
    for (Entry& entry : node.entries) {
      if (!(entry.first == key)) continue;
      entry.second = std::move(value);
      return false;
    }
    node.entries.emplace_back(key, std::move(value));
    return true;
  }

  /// Replaces an entry by a child that holds it, to make room for a second key in the same slot.
  static void push_down(Node& node, std::size_t index, std::uint32_t slot, unsigned shift) {
    Entry entry = std::move(node.entries[index]);
    node.entries.erase(at(node.entries, index));
    node.entry_slots &= ~slot;
    NodeRef child;
    const std::uint64_t hash = Hash{}(entry.first);
    set_in(child, entry.first, std::move(entry.second), hash, shift + bits_per_level);
    node.children.insert(at(node.children, index_of(node.child_slots, slot)), std::move(child));
    node.child_slots |= slot;
  }

  /// The key must be there.
  static void erase_in(NodeRef& ref, const Key& key, std::uint64_t hash, unsigned shift) {
    Node& node = ref.own();
    if (shift >= hash_bits) {
      std::erase_if(node.entries, [&key](const Entry& entry) { return entry.first == key; });
      return;
    }
    const std::uint32_t slot = slot_of(hash, shift);
    if (node.entry_slots & slot) {
      node.entries.erase(at(node.entries, index_of(node.entry_slots, slot)));
      node.entry_slots &= ~slot;
      return;
    }
    const std::size_t index = index_of(node.child_slots, slot);
    erase_in(node.children[index], key, hash, shift + bits_per_level);
    const Node& child = *node.children[index];
    if (child.children.empty() && child.entries.size() == 1) pull_up(node, index, slot);
  }

  /// Replaces a child that holds a single entry by that entry.
  static void pull_up(Node& node, std::size_t index, std::uint32_t slot) {
    Entry entry = node.children[index].own().entries.front();
    node.children.erase(at(node.children, index));
    node.child_slots &= ~slot;
    node.entries.insert(at(node.entries, index_of(node.entry_slots, slot)), std::move(entry));
    node.entry_slots |= slot;
  }

  template <class F>
  static void visit(const Node& node, F& f) {
    for (const Entry& entry : node.entries) f(entry.first, entry.second);
    for (const NodeRef& child : node.children) visit(*child, f);
  }

  NodeRef root_;
  std::size_t size_ = 0;
};

}  // namespace collab
