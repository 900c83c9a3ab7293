// SPDX-License-Identifier: Apache-2.0
#include "bench/arguments.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "bench/failure.h"

namespace bulwark::bench {

const char* const kUsage =
    "usage: bulwark_bench run MODEL.bwk --input F [--input F ...] --output-dir D [--repeat N]\n"
    "       bulwark_bench bench MODEL.bwk [--warmup-s S] [--min-s S] [--profile] [--sustain 30m]\n"
    "                         [--output F.json] [--html F.html]\n"
    "       bulwark_bench bench MODEL.bwk --compare OTHER.bwk | --compare-path P\n"
    "       bulwark_bench bench MODEL.bwk --markers [--input F] [--certify EPS [--certify-first]]\n"
    "       bulwark_bench bench MODEL.bwk --load-markers [--skip-hash]\n"
    "       bulwark_bench bench MODEL.bwk --table F.json [--weights 8,4,3,2] [--activations 8,7,..,2]\n"
    "                         [--table-of time|energy] [--cost-command C --unit U --core NAME --obtained "
    "TEXT]\n"
    "       bulwark_bench predict MODEL.bwk --table F.json [--measure [--min-s S] | --cost-command C]\n"
    "       bulwark_bench page REPORT-OR-TABLE.json ... --html F.html\n"
    "       bulwark_bench pack MODEL.bwk --output PACKED.bwk\n"
    "       bulwark_bench golden MODEL.bwk\n"
    "all:   [--threads N] [--path P] [--cores 0,2-3|big|little] [--no-fusion] [--sysfs-root D] [--json]\n"
    "F is .npy, or raw little-endian in C order and in the model's own input type. Output files are\n"
    "output<i>.bin and output<i>.npy. P is reference, neon, dotprod, i8mm, avx2 or vnni.\n"
    "C is run as `C FILE.bwk` and prints: COST KERNEL PATH. Without a verb it is bench; the model may be "
    "given\n"
    "as --model.\n"
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

/// "90", "90s", "30m", "2h" in seconds.
double duration(const std::string& option, std::string text) {
  double unit = 1;
  if (!text.empty() && std::string("smh").find(text.back()) != std::string::npos) {
    unit = text.back() == 's' ? 1 : text.back() == 'm' ? 60 : 3600;
    text.pop_back();
  }
  return unit * number(option, text, 0, kMaxSeconds / unit, false);
}

const std::vector<std::string> kVerbs = {"run", "bench", "predict", "page", "pack", "golden"};

class Parser {
 public:
  Parser(int count, char** values) : values_(values, values + count) {}

  Arguments parse() {
    if (values_.empty()) refuse("no verb: run, bench, predict, page, pack or golden");
    Arguments arguments;
    const bool has_verb = !values_[0].starts_with("-");
    arguments.verb = has_verb ? values_[0] : "bench";
    if (std::find(kVerbs.begin(), kVerbs.end(), arguments.verb) == kVerbs.end()) {
      refuse("unknown verb '" + arguments.verb + "': run, bench, predict, page, pack or golden");
    }
    for (at_ = has_verb ? 1 : 0; at_ < values_.size(); ++at_) argument(arguments, values_[at_]);
    check(arguments);
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
  double seconds(const std::string& option) { return number(option, value(option), 0, kMaxSeconds, false); }

  /// Numbers between commas, each one of `allowed`.
  std::vector<std::int32_t> widths(const std::string& option, const std::vector<std::int32_t>& allowed) {
    const std::string list = value(option);
    std::vector<std::int32_t> found;
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      found.push_back(static_cast<std::int32_t>(number(option, list.substr(at, end - at), 2, 8, true)));
      if (std::find(allowed.begin(), allowed.end(), found.back()) == allowed.end()) {
        refuse(option + " takes 8, 4, 3 and 2, got '" + list + "'");
      }
      at = end + 1;
    }
    return found;
  }

  static void check(const Arguments& a) {
    if (a.verb == "page") {
      if (a.reports.empty()) refuse("page takes one or more reports");
      if (a.html.empty()) refuse("page needs --html");
      return;
    }
    if (a.model.empty()) refuse("no model file");
    if (a.verb == "predict" && a.table.file.empty()) refuse("predict needs --table");
    if (a.verb == "pack" && a.output.empty()) refuse("pack needs --output");
    if (!a.compare_model.empty() && !a.compare_path.empty())
      refuse("--compare and --compare-path exclude each other");
    if (a.verb == "bench" && !a.markers && (!a.inputs.empty() || a.certify_eps >= 0))
      refuse("--input and --certify go with --markers");
    if (a.certify_first && a.certify_eps < 0) refuse("--certify-first needs --certify");
    const bool described = !a.table.unit.empty() || !a.table.core.empty() || !a.table.obtained.empty();
    if (a.table.cost_command.empty() && described)
      refuse("--unit, --core and --obtained describe a --cost-command");
    if (a.verb == "bench" && !a.table.cost_command.empty() &&
        (a.table.file.empty() || a.table.unit.empty() || a.table.core.empty() || a.table.obtained.empty())) {
      refuse("--cost-command needs --table, --unit, --core and --obtained");
    }
    if (!a.table.unit.empty() && a.table.unit != "ns" && a.table.unit != "cycles" && a.table.unit != "nJ")
      refuse("--unit is ns, cycles or nJ");
    if (a.table.energy && (a.table.file.empty() || !a.table.cost_command.empty()))
      refuse("--table-of goes with --table, and without --cost-command");
  }

  void set_quantity(Arguments& a, const std::string& text) {
    if (text != "time" && text != "energy") refuse("--table-of is time or energy, not '" + text + "'");
    a.table.energy = text == "energy";
  }

  void set_model(Arguments& a, const std::string& text) {
    if (!a.model.empty()) refuse("two model files: '" + a.model + "' and '" + text + "'");
    a.model = text;
  }

  void argument(Arguments& a, const std::string& text) {
    if (text.empty() || text[0] != '-') {
      if (a.verb == "page") {
        a.reports.push_back(text);
      } else {
        set_model(a, text);
      }
      return;
    }
    if (!common(a, text) && !(a.verb == "run" && of_run(a, text)) &&
        !(a.verb == "bench" && (of_bench(a, text) || of_table(a, text))) &&
        !(a.verb == "predict" && of_predict(a, text)) && !(a.verb == "page" && of_page(a, text)) &&
        !(a.verb == "pack" && of_pack(a, text))) {
      refuse("unknown option '" + text + "' of " + a.verb);
    }
  }

  bool common(Arguments& a, const std::string& option) {
    if (option == "--model" && a.verb != "page") return set_model(a, value(option)), true;
    if (option == "--threads") return a.threads = whole(option, 0, kMaxThreads), true;
    if (option == "--path") return a.path = value(option), true;
    if (option == "--cores") return a.cores = value(option), true;
    if (option == "--sysfs-root") return a.system_root = value(option), true;
    if (option == "--no-fusion") return a.fuse = false, true;
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
    if (option == "--warmup-s") return a.warmup_seconds = seconds(option), true;
    if (option == "--min-s") return a.min_seconds = seconds(option), true;
    if (option == "--sustain") return a.sustain_seconds = duration(option, value(option)), true;
    if (option == "--compare") return a.compare_model = value(option), true;
    if (option == "--compare-path") return a.compare_path = value(option), true;
    if (option == "--output") return a.output = value(option), true;
    if (option == "--profile") return a.profile = true;
    if (option == "--markers") return a.markers = true;
    if (option == "--certify") return a.certify_eps = whole(option, 0, 255), true;
    if (option == "--certify-first") return a.certify_first = true;
    if (option == "--input") return a.inputs.push_back(value(option)), true;
    if (option == "--load-markers") return a.load_markers = true;
    if (option == "--skip-hash") return a.skip_hash = true;
    return of_page(a, option);
  }
  bool of_table(Arguments& a, const std::string& option) {
    if (option == "--table") return a.table.file = value(option), true;
    if (option == "--weights") return a.table.weights = widths(option, {8, 4, 3, 2}), true;
    if (option == "--activations") return a.table.activations = widths(option, {8, 7, 6, 5, 4, 3, 2}), true;
    if (option == "--table-of") return set_quantity(a, value(option)), true;
    if (option == "--cost-command") return a.table.cost_command = value(option), true;
    if (option == "--unit") return a.table.unit = value(option), true;
    if (option == "--core") return a.table.core = value(option), true;
    if (option == "--obtained") return a.table.obtained = value(option), true;
    return false;
  }
  bool of_predict(Arguments& a, const std::string& option) {
    if (option == "--table") return a.table.file = value(option), true;
    if (option == "--cost-command") return a.table.cost_command = value(option), true;
    if (option == "--measure") return a.measure = true;
    if (option == "--min-s") return a.min_seconds = seconds(option), true;
    return false;
  }
  bool of_pack(Arguments& a, const std::string& option) {
    if (option == "--output") return a.output = value(option), true;
    return false;
  }
  bool of_page(Arguments& a, const std::string& option) {
    if (option == "--html") return a.html = value(option), true;
    return false;
  }

  std::vector<std::string> values_;
  std::size_t at_ = 0;
};

}  // namespace

Arguments parse_arguments(int count, char** values) { return Parser(count, values).parse(); }

}  // namespace bulwark::bench
