// .env.example and the table in docs/operations.md are what the table of settings says. To write them anew:
//   WRITE_DOCUMENTS=1 ctest --test-dir build/dev -R ConfigDocuments
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config.hpp"

namespace collab::app {
namespace {

constexpr std::string_view begin_mark = "<!-- settings: written by the test ConfigDocuments, not by hand -->\n";
constexpr std::string_view end_mark = "<!-- end of settings -->";

/// The top of the repository: the test runs in a build folder somewhere below it.
std::filesystem::path top() {
  std::filesystem::path folder = std::filesystem::current_path();
  while (!std::filesystem::exists(folder / "CMakePresets.json") && folder != folder.root_path())
    folder = folder.parent_path();
  return folder;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares, or writes where that was asked for.
void expect_text(const std::filesystem::path& path, const std::string& expected) {
  if (std::getenv("WRITE_DOCUMENTS")) std::ofstream(path, std::ios::binary) << expected;
  EXPECT_EQ(read(path), expected) << path << " is out of date; WRITE_DOCUMENTS=1 writes it";
}

TEST(ConfigDocuments, EnvExampleAgreesWithTheTable) { expect_text(top() / ".env.example", settings_env_example()); }

TEST(ConfigDocuments, OperationsAgreesWithTheTable) {
  const std::filesystem::path path = top() / "docs/operations.md";
  const std::string text = read(path);
  const std::size_t begin = text.find(begin_mark);
  const std::size_t end = text.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end) << "the marks are missing";

  expect_text(path, text.substr(0, begin + begin_mark.size()) + "\n" + settings_markdown() + "\n" + text.substr(end));
}

TEST(ConfigDocuments, EnvExampleIsAcceptedAndOpensPort7788) {
  const Result<Config> config = load_config({}, {}, Purpose::serving, (top() / ".env.example").string());

  ASSERT_TRUE(config);
  EXPECT_EQ(config->port, 7788);
  EXPECT_TRUE(config->warnings.empty());
}

}  // namespace
}  // namespace collab::app
