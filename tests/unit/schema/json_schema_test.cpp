// Types as JSON Schema: limits, nullability, names and references.
#include "schema/json_schema.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/json.hpp"

namespace collab::schema {
namespace {

template <class T>
std::string schema_text(Definitions& definitions) {
  std::string text;
  append_json(text, json::value(json_schema_of<T>(definitions)));
  return text;
}
template <class T>
std::string schema_text() {
  Definitions definitions;
  return schema_text<T>(definitions);
}

enum class Size { small, large };
BOOST_DESCRIBE_ENUM(Size, small, large)

struct Part {
  static constexpr std::string_view title = "Part";
  static constexpr std::string_view about = "A part.";
  static constexpr bool forbids_extra = true;
  Text<1, 9> name;
};
BOOST_DESCRIBE_STRUCT(Part, (), (name))

struct Whole {
  static constexpr auto aliases = std::to_array<Alias>({{"name", "label"}});
  static constexpr auto docs = std::to_array<FieldDoc>({{"size", "How big."}});
  Text<1, 9> name;
  std::optional<Size> size;
  Clearable<Text<0, 9>> note;
  Nullable<bool> flag;
  List<Part, 4> parts;
};
BOOST_DESCRIBE_STRUCT(Whole, (), (name, size, note, flag, parts))

TEST(JsonSchema, CarriesTheLimitsOfTheTypes) {
  EXPECT_EQ((schema_text<Text<1, 255>>()), R"({"type":"string","minLength":1,"maxLength":255})");
  EXPECT_EQ((schema_text<Text<0, 9>>()), R"({"type":"string","maxLength":9})");
  EXPECT_EQ((schema_text<Int<0, 9>>()), R"({"type":"integer","minimum":0,"maximum":9})");
  EXPECT_EQ((schema_text<IntOrText<0, 999>>()),
            R"({"anyOf":[{"type":"integer","minimum":0,"maximum":999},{"type":"string","pattern":"^[0-9]{1,3}$"}]})");
  EXPECT_EQ((schema_text<List<bool, 7>>()), R"({"type":"array","items":{"type":"boolean"},"maxItems":7})");
  EXPECT_EQ((schema_text<List<bool, unbounded>>()), R"({"type":"array","items":{"type":"boolean"}})");
  EXPECT_EQ(schema_text<Size>(), R"({"type":"string","enum":["small","large"]})");
}

TEST(JsonSchema, DescribesAStruct) {
  Definitions definitions;

  EXPECT_EQ(
      schema_text<Whole>(definitions),
      R"({"type":"object","properties":{)"
      R"("label":{"type":"string","minLength":1,"maxLength":9,"description":"Another name of `name`. Both with different values are a fault."},)"
      R"("name":{"type":"string","minLength":1,"maxLength":9},)"
      R"("size":{"anyOf":[{"type":"string","enum":["small","large"]},{"type":"null"}],"description":"How big."},)"
      R"("note":{"anyOf":[{"type":"string","maxLength":9},{"type":"null"}]},)"
      R"("flag":{"anyOf":[{"type":"boolean"},{"type":"null"}]},)"
      R"("parts":{"type":"array","items":{"$ref":"#/components/schemas/Part"},"maxItems":4}},)"
      R"("required":["flag","parts"],"anyOf":[{"required":["name"]},{"required":["label"]}]})");
  std::string part;
  append_json(part, definitions.schemas.at("Part"));
  EXPECT_EQ(
      part,
      R"({"type":"object","description":"A part.","properties":{"name":{"type":"string","minLength":1,"maxLength":9}},)"
      R"("required":["name"],"additionalProperties":false})");
}

}  // namespace
}  // namespace collab::schema
