// Fields: what JsonFields, arrays, CSV columns, stamps and times find, and what they refuse.
#include "fields.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace halfspread;

namespace {

std::string_view at(std::string_view text, Span span) {
    if (span.absent()) return "absent";
    return text.substr(static_cast<std::size_t>(span.begin),
                       static_cast<std::size_t>(span.end - span.begin));
}

std::vector<std::string_view> columns(std::string_view line, std::size_t count, std::size_t found) {
    std::vector<Span> spans(count);
    CHECK(find_columns(line.data(), line, count, spans.data()) == found);
    std::vector<std::string_view> texts;
    for (const Span span : spans) texts.push_back(at(line, span));
    return texts;
}

}  // namespace

TEST_CASE("fields at the top and inside one object") {
    const JsonFields fields({"e", "u", "b", "none"}, "data");
    Span spans[4];
    const std::string text =
        R"(ignored {"stream":"x","data":{"e":"depthUpdate","u": 12 ,"b":[["1","2"],["]","}"]],"z":{"e":1}}})";
    const std::string_view line = std::string_view(text).substr(8);
    REQUIRE(fields.find(text.data(), line, spans));
    CHECK(at(text, spans[0]) == "depthUpdate");
    CHECK(at(text, spans[1]) == "12");
    CHECK(at(text, spans[2]) == R"([["1","2"],["]","}"]])");
    CHECK(spans[3].absent());
    REQUIRE(
        fields.find(text.data(), std::string_view(R"({"u":true,"data":[1],"b":"\"]"})"), spans));
    CHECK(spans[0].absent());
}

TEST_CASE("what is no whole JSON object") {
    const JsonFields fields({"a"}, "data");
    Span span;
    for (const char* text : {"",
                             "{",
                             "}",
                             "[]",
                             "null",
                             R"({"a")",
                             R"({"a":)",
                             R"({"a":1)",
                             R"({"a":1,)",
                             R"({"a":1,})",
                             R"({"a":1}})",
                             R"({"a":1}x)",
                             R"({a:1})",
                             R"({"a":[1})",
                             R"({"a":"1})",
                             R"({"a":"1\"})",
                             R"({"a":"\)",
                             R"({"data":{"a":1})",
                             R"({"a":,})",
                             R"({"a" 1})",
                             R"({"a":1 "b":2})"}) {
        CAPTURE(text);
        CHECK_FALSE(fields.find(text, text, &span));
    }
    CHECK(fields.find("{}", "{}", &span));
    CHECK(fields.find(" { } ", " { } ", &span));
}

TEST_CASE("the elements of an array") {
    const std::string_view text = R"([ {"a":[1,2]}, "x,y" ,3,[] ])";
    std::vector<Span> items;
    REQUIRE(find_items(text.data(), text, items));
    REQUIRE(items.size() == 4);
    CHECK(at(text, items[0]) == R"({"a":[1,2]})");
    CHECK(at(text, items[1]) == "x,y");
    CHECK(at(text, items[2]) == "3");
    CHECK(at(text, items[3]) == "[]");
    for (const char* bad : {"", "[", "[1", "[1,", "[1,]", "[,1]", "[1]]", "{}", "[1 2]", "[[1]"}) {
        CAPTURE(bad);
        CHECK_FALSE(find_items(bad, bad, items));
        CHECK(items.size() == 4);
    }
    CHECK(find_items("[]", "[]", items));
}

TEST_CASE("the columns of a line") {
    using Texts = std::vector<std::string_view>;
    CHECK(columns("a,bc,d", 3, 3) == Texts{"a", "bc", "d"});
    CHECK(columns("a,,", 3, 3) == Texts{"a", "absent", "absent"});
    CHECK(columns("a", 2, 1) == Texts{"a", "absent"});
    CHECK(columns("a,b,c", 2, 3) == Texts{"a", "b"});
    CHECK(columns(R"(x,"[['1', '2'], ['3', '4']]",y)", 3, 3) ==
          Texts{"x", "[['1', '2'], ['3', '4']]", "y"});
    CHECK(columns(R"("say ""a,b""",z)", 2, 2) == Texts{R"(say ""a,b"")", "z"});
    CHECK(columns(R"("open,z)", 2, 1) == Texts{"open,z", "absent"});
    CHECK(columns(R"(")", 1, 1) == Texts{"absent"});
}

TEST_CASE("receive times in front of a line") {
    const auto stamp = [](std::string_view line) {
        const Stamp read = read_stamp(line);
        return std::pair{read.time, std::string(read.message, line.data() + line.size())};
    };
    CHECK(stamp("1723161255030314667 {}") ==
          std::pair{std::int64_t{1723161255030314667}, std::string("{}")});
    CHECK(stamp("1721750401362816 {}").first == 1721750401362816000);
    CHECK(stamp("1721750401362 {}").first == 1721750401362000000);
    CHECK(stamp("1618677786.98285: {}") ==
          std::pair{std::int64_t{1618677786982850000}, std::string("{}")});
    for (const char* none :
         {"{}", "", "123 {}", "1741046400085,trx", "1723161255030314667", "17231612550303146670 {}",
          "9999999999999999999 {}", "1618677786.x {}"}) {
        CAPTURE(none);
        CHECK(stamp(none) == std::pair{std::int64_t{-1}, std::string(none)});
    }
}

TEST_CASE("times") {
    CHECK(read_time("1970-01-01T00:00:00Z") == 0);
    CHECK(read_time("2018-04-17T00:54:57.887000Z") == 1523926497887000000);
    CHECK(read_time("2000-02-29 12:00:00.5Z") == 951825600500000000);
    CHECK(read_time("2024-12-31T23:59:59.999999999Z") == 1735689599999999999);
    CHECK(read_time("1672304484.978") == 1672304484978000000);
    CHECK(read_time("1672304484978.5") == 1672304484978500000);
    CHECK(read_time("1672304484978") == 1672304484978000000);
    for (const char* bad :
         {"", "Z", "2018-04-17", "2018-04-17T00:54:57", "2018-13-17T00:54:57Z",
          "1969-01-01T00:00:00Z", "2018-04-17T25:00:00Z", "2018-04-17T00:00:00.Z",
          "2018-04-17T00:00:00.5e99Z", "16723044849780000000", "1672304484 ", "-1672304484"}) {
        CAPTURE(bad);
        CHECK(read_time(bad) == -1);
    }
    CHECK(read_time({}) == -1);
}
