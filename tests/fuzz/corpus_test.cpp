// Runs every committed input of every fuzz target, and all their prefixes, as ordinary tests.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

namespace collab {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

void run_corpus(const std::string& name, Target target) {
  const std::filesystem::path folder = std::filesystem::path(COLLAB_FUZZ_CORPUS) / name;
  ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input.data());
    for (std::size_t size = 0; size <= input.size(); ++size) target(bytes, size);
    ++files;
  }
  EXPECT_GE(files, 3u);
}

#define FUZZ_TARGET(name) \
  TEST(Corpus, Of_##name) { run_corpus(#name, &fuzz_##name); }
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

}  // namespace
}  // namespace collab
