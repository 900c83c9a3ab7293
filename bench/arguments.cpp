// SPDX-License-Identifier: Apache-2.0
#include "bench/arguments.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "bench/failure.h"

namespace bulwark::bench {

const char* const kUsage =
    "usage: bulwark_bench run MODEL.bwk --input F [--input F ...] --output-dir D\n"
    "                         [--threads N] [--path P] [--repeat N] [--json]\n"
    "       bulwark_bench bench MODEL.bwk [--threads N] [--path P] [--warmup-s S] [--min-s S]\n"
    "                         [--profile] [--markers | --load-markers] [--skip-hash] [--no-fusion]\n"
    "                         [--json]\n"
    "       bulwark_bench golden MODEL.bwk [--threads N] [--path P] [--json]\n"
    "F is .npy, or raw little-endian in C order and in the model's own input type. Output files are\n"
    "output<i>.bin and output<i>.npy. P is reference, neon, dotprod, i8mm, avx2 or vnni.\n"
    "exit codes: 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 I/O\n";

namespace {

constexpr double kMaxThreads = 64, kMaxRepeat = 1000000, kMaxSeconds = 86400;

[[noreturn]] void refuse(const std::string& message) {
  throw Failure{Exit::usage, message + " (--help lists the options)"};
}

double number(const std::string& option, const std::string& text, double lo, double hi, bool whole) {
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || errno != 0 || !(value >= lo && value <= hi) ||
      (whole && value != std::floor(value))) {
    refuse(option + " takes " + (whole ? "a whole number" : "a number") + " from " +
           std::to_string(static_cast<long>(lo)) + " to " + std::to_string(static_cast<long>(hi)) +
           ", got '" + text + "'");
  }
  return value;
}

class Parser {
 public:
  Parser(int count, char** values) : values_(values, values + count) {}

  Arguments parse() {
    if (values_.empty()) refuse("no verb: run, bench or golden");
    Arguments arguments;
    arguments.verb = values_[0];
    if (arguments.verb != "run" && arguments.verb != "bench" && arguments.verb != "golden") {
      refuse("unknown verb '" + arguments.verb + "': run, bench or golden");
    }
    for (at_ = 1; at_ < values_.size(); ++at_) argument(arguments, values_[at_]);
    if (arguments.model.empty()) refuse("no model file");
    return arguments;
  }

 private:
  std::string value(const std::string& option) {
    if (at_ + 1 >= values_.size()) refuse(option + " needs a value");
    return values_[++at_];
  }
  std::int32_t whole(const std::string& option, double lo, double hi) {
    return static_cast<std::int32_t>(number(option, value(option), lo, hi, true));
  }

  void argument(Arguments& a, const std::string& text) {
    if (text.empty() || text[0] != '-') {
      if (!a.model.empty()) refuse("two model files: '" + a.model + "' and '" + text + "'");
      a.model = text;
      return;
    }
    if (!common(a, text) && !(a.verb == "run" && of_run(a, text)) &&
        !(a.verb == "bench" && of_bench(a, text))) {
      refuse("unknown option '" + text + "' of " + a.verb);
    }
  }

  bool common(Arguments& a, const std::string& option) {
    if (option == "--threads") return a.threads = whole(option, 0, kMaxThreads), true;
    if (option == "--path") return a.path = value(option), true;
    if (option == "--json") return a.json = true;
    return false;
  }
  bool of_run(Arguments& a, const std::string& option) {
    if (option == "--input") return a.inputs.push_back(value(option)), true;
    if (option == "--output-dir") return a.output_dir = value(option), true;
    if (option == "--repeat") return a.repeat = whole(option, 1, kMaxRepeat), true;
    return false;
  }
  bool of_bench(Arguments& a, const std::string& option) {
    if (option == "--warmup-s")
      return a.warmup_seconds = number(option, value(option), 0, kMaxSeconds, false), true;
    if (option == "--min-s")
      return a.min_seconds = number(option, value(option), 0, kMaxSeconds, false), true;
    if (option == "--profile") return a.profile = true;
    if (option == "--markers") return a.markers = true;
    if (option == "--load-markers") return a.load_markers = true;
    if (option == "--skip-hash") return a.skip_hash = true;
    if (option == "--no-fusion") return a.fuse = false, true;
    return false;
  }

  std::vector<std::string> values_;
  std::size_t at_ = 0;
};

}  // namespace

Arguments parse_arguments(int count, char** values) { return Parser(count, values).parse(); }

}  // namespace bulwark::bench
