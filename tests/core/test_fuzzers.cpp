// Fuzzers: the functions of fuzz/*_fuzz.cpp over a few hundred inputs made from fixed seeds.
//
// A fuzzer aborts at what it finds, so a smoke that comes to its end has found nothing. CMake
// compiles each under the name of its file.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

extern "C" {
int book_fuzz(const std::uint8_t* data, std::size_t size);
int decimal_fuzz(const std::uint8_t* data, std::size_t size);
int exchange_fuzz(const std::uint8_t* data, std::size_t size);
int guard_fuzz(const std::uint8_t* data, std::size_t size);
int market_fuzz(const std::uint8_t* data, std::size_t size);
int order_tape_fuzz(const std::uint8_t* data, std::size_t size);
int simulated_fuzz(const std::uint8_t* data, std::size_t size);
}

namespace {

using Fuzzer = int (*)(const std::uint8_t*, std::size_t);
using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::mt19937& random, std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 24U);
    return bytes;
}

// Inputs of 0 to `longest` bytes; every other one is repetitive, so that more of it hangs together.
void smoke(Fuzzer fuzzer, std::uint32_t inputs, std::size_t longest) {
    for (std::uint32_t seed = 0; seed < inputs; ++seed) {
        std::mt19937 random(seed);
        Bytes bytes = random_bytes(random, random() % (longest + 1));
        if (seed % 2 == 1) {
            for (std::size_t i = 64; i < bytes.size(); ++i) {
                if (random() % 8 != 0) bytes[i] = bytes[i - 24];
            }
        }
        CHECK(fuzzer(bytes.data(), bytes.size()) == 0);
    }
}

// Texts of numbers and JSON with a few bytes changed, as decimal_fuzz reads them.
void smoke_texts(std::uint32_t inputs) {
    constexpr std::string_view texts[] = {
        R"({"e":"trade","u":12,"b":[["0.10","5"],["0.2","1e3"]],"data":{"T":1723075200000}})",
        R"([["61590.30","1.486"],["61590.40","0.981"],["-1","0"]])",
        "123456789.000000001",
        "1723075200000000000 {\"b\":[]}",
        "a,b,,1.5e-3,\"q\"",
        "1.7976931348623157e308",
        "0x10",
        "\"\\u00e9\\\"\\\\\""};
    for (std::uint32_t seed = 0; seed < inputs; ++seed) {
        std::mt19937 random(seed);
        Bytes bytes = random_bytes(random, 3);
        const std::string_view text = texts[seed % std::size(texts)];
        bytes.insert(bytes.end(), text.begin(), text.end());
        for (std::uint32_t changes = random() % 4; changes > 0; --changes) {
            bytes[3 + random() % text.size()] = static_cast<std::uint8_t>(random());
        }
        CHECK(decimal_fuzz(bytes.data(), bytes.size()) == 0);
    }
}

}  // namespace

TEST_CASE("a smoke of the book's fuzzer") { smoke(book_fuzz, 300, 2'000); }
TEST_CASE("a smoke of the decimals' fuzzer") {
    smoke(decimal_fuzz, 300, 200);
    smoke_texts(600);
}
TEST_CASE("a smoke of the exchange's fuzzer") { smoke(exchange_fuzz, 300, 2'000); }
TEST_CASE("a smoke of the guard's fuzzer") { smoke(guard_fuzz, 500, 4'000); }
TEST_CASE("a smoke of the market's fuzzer") { smoke(market_fuzz, 300, 1'500); }
TEST_CASE("a smoke of the order tapes' fuzzer") { smoke(order_tape_fuzz, 300, 1'500); }
TEST_CASE("a smoke of the simulated markets' fuzzer") { smoke(simulated_fuzz, 150, 800); }
