// SPDX-License-Identifier: Apache-2.0
// Certificates: every point of small boxes is run, bounds are those of an independent evaluator on every
// path, and mistakes that one could make are seen.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "tests/runtime/fixture.h"
#include "tests/runtime/naive_bounds.h"
#include "tests/support/budget.h"

namespace bulwark::test {
namespace {

using Integers = std::vector<std::int64_t>;

/// A tiny classifier on four to six integers, with multipliers small enough that some boxes can be certified.
struct Tiny {
  ModelSpec spec;
  std::int32_t box = 0;
};

/// Makes the range of a linear operator's output at most 16 levels, so that the next one reads few bits.
void narrow(ModelSpec& spec, std::int32_t output) {
  auto& tensor = spec.tensors[static_cast<std::size_t>(output)];
  tensor.lo = tensor.zero_point;
  tensor.hi = tensor.zero_point + 15;
  for (OperatorSpec& op : spec.operators) {
    if (op.outputs[0] != output || !op.linear) continue;
    op.linear->lo.assign(1, static_cast<std::int8_t>(tensor.lo));
    op.linear->hi.assign(1, static_cast<std::int8_t>(tensor.hi));
    for (float& multiplier : op.linear->multiplier) multiplier *= 0.2f;
  }
}

void calm(ModelSpec& spec, float factor) {
  for (OperatorSpec& op : spec.operators) {
    if (!op.linear || op.linear->lo.empty()) continue;
    for (float& multiplier : op.linear->multiplier) multiplier *= factor;
  }
}

Tiny tiny_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t height = 2, width = seed % 2 == 0 ? 2 : 3;
  Tiny tiny;
  tiny.box = seed % 3 == 0 ? n.quantize(n.input_f32({1, height, width, 1}), -128, 127)
                           : n.input_integer({1, height, width, 1});
  const WeightFormat format = seed % 5 == 0 ? WeightFormat::s8 : WeightFormat::s4;
  std::int32_t x = n.conv(tiny.box, {3, 3, 1, 1, 1, 1}, format);
  if (seed % 4 != 0) narrow(n.spec(), x);
  const std::int32_t deep = n.conv(x, {3, 1, 1, 0, 1, seed % 7 == 0 ? 3 : 1}, format);
  if (seed % 2 == 0) narrow(n.spec(), deep);
  std::int32_t y = n.add(x, deep);
  if (seed % 11 == 0) n.spec().operators.back().add->multiplier_b *= -1;
  if (seed % 17 == 3) y = n.binary(OperatorKind::mul, x, y);
  if (seed % 13 < 3) {
    y = n.lookup(y);
    auto& entries = n.spec().operators.back().lookup->entries;
    if (seed % 13 == 1) std::sort(entries.begin(), entries.end());
    if (seed % 13 == 2) std::sort(entries.rbegin(), entries.rend());
  }
  if (seed % 3 == 1) y = n.pool(y, OperatorKind::average_pool_2d, 2, 1, 0);
  if (seed % 3 == 2) y = n.pool(y, OperatorKind::max_pool_2d, 2, 1, 0);
  if (seed % 19 == 5) y = n.concat({y, y}, static_cast<std::int32_t>(1 + seed % 3));
  const auto shape = n.shape(y);
  const std::int32_t flat = n.reshape(y, {1, shape[1] * shape[2] * shape[3]});
  const bool float_logits = seed % 2 == 0;
  const std::int32_t logits = n.fully_connected(flat, 3, WeightFormat::s4, float_logits);
  n.output(seed % 6 == 1 ? n.softmax(logits) : logits);
  if (seed % 4 == 2) n.spec().operators.back().linear->multiplier.assign(1, 0.01f);
  tiny.spec = n.spec();
  calm(tiny.spec, 0.4f);
  return tiny;
}

struct Certifier {
  explicit Certifier(const ModelSpec& spec, const char* path = nullptr) : bytes(spec), model(load(bytes)) {
    bw_plan_options options;
    bw_plan_options_init(&options);
    options.path = path;
    options.certify = 1;
    options.keep_intermediates = 1;
    bw_plan* handle = nullptr;
    const bw_status status = bw_plan_create(model.get(), &options, &handle);
    INFO(bw_status_message());
    REQUIRE(status == BW_STATUS_OK);
    plan.reset(handle);
    session = make_session(plan.get());
  }
  void set(const Integers& x) {
    Bytes levels;
    for (const std::int64_t value : x) levels.push_back(static_cast<std::uint8_t>(value));
    bw_tensor_info info;
    REQUIRE(bw_model_input_info(model.get(), 0, &info) == BW_STATUS_OK);
    const auto give = info.type == BW_TYPE_F32 ? bw_session_set_input_integer : bw_session_set_input;
    REQUIRE(give(session.get(), 0, levels.data(), levels.size()) == BW_STATUS_OK);
  }
  bw_certificate certify(std::int32_t eps, bw_certify_mode mode = BW_CERTIFY_RUN) {
    bw_certificate certificate;
    REQUIRE(bw_session_run_certified(session.get(), eps, mode, &certificate) == BW_STATUS_OK);
    return certificate;
  }
  Integers bounds(std::int32_t tensor, bool upper) {
    const void *lo = nullptr, *hi = nullptr;
    if (bw_session_bounds(session.get(), tensor, &lo, &hi) != BW_STATUS_OK) return {};
    bw_tensor_info info;
    REQUIRE(bw_session_tensor(session.get(), tensor, &info, nullptr) == BW_STATUS_OK);
    const auto* data = static_cast<const std::int8_t*>(upper ? hi : lo);
    return {data, data + info.bytes};
  }

  ModelBytes bytes;
  ModelHandle model;
  PlanHandle plan;
  SessionHandle session;
};

Integers random_point(std::mt19937& random, std::size_t count) {
  Integers x;
  for (std::size_t i = 0; i < count; ++i) x.push_back(static_cast<std::int64_t>(random() % 256) - 128);
  return x;
}

struct Box {
  Integers lo, hi;
};
Box box_around(const Integers& x, std::int64_t eps) {
  Box box;
  for (const std::int64_t value : x) {
    box.lo.push_back(std::max<std::int64_t>(value - eps, -128));
    box.hi.push_back(std::min<std::int64_t>(value + eps, 127));
  }
  return box;
}

/// Calls test(point) for every point of the box.
template <typename Test>
void enumerate(const Box& box, Test test) {
  Integers point = box.lo;
  for (;;) {
    test(point);
    std::size_t i = 0;
    while (i < point.size() && point[i] == box.hi[i]) point[i] = box.lo[i], ++i;
    if (i == point.size()) return;
    ++point[i];
  }
}

/// The model with its box tensor as input, so that the naive evaluator takes integers.
ModelSpec from_box(const Tiny& tiny) {
  ModelSpec spec = tiny.spec;
  spec.inputs = {tiny.box};
  std::erase_if(spec.operators, [&](const OperatorSpec& op) { return op.outputs[0] == tiny.box; });
  return spec;
}

std::vector<Bytes> run_naively(const ModelSpec& spec, const Integers& x) {
  Bytes bytes;
  for (const std::int64_t value : x) bytes.push_back(static_cast<std::uint8_t>(value));
  return evaluate_naively(spec, {bytes});
}

/// The tensor whose largest element is the label.
std::int32_t logits_of(const ModelSpec& spec) {
  for (const OperatorSpec& op : spec.operators) {
    if (op.kind == OperatorKind::softmax) return op.inputs[0];
  }
  return spec.outputs[0];
}

std::int32_t label_of(const ModelSpec& spec, const Bytes& logits) {
  if (spec.tensors[static_cast<std::size_t>(logits_of(spec))].type == ElementType::f32) {
    std::vector<float> values(logits.size() / 4);
    std::memcpy(values.data(), logits.data(), logits.size());
    return static_cast<std::int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
  }
  const auto* values = reinterpret_cast<const std::int8_t*>(logits.data());
  return static_cast<std::int32_t>(std::max_element(values, values + logits.size()) - values);
}

/// Elements of any point of the box that lie outside the bounds.
std::int64_t outside(const ModelSpec& spec, const Box& box, const NaiveBounds& bounds) {
  std::int64_t count = 0;
  enumerate(box, [&](const Integers& point) {
    const std::vector<Bytes> values = run_naively(spec, point);
    for (std::size_t t = 0; t < values.size(); ++t) {
      for (std::size_t i = 0; i < bounds.lo[t].size(); ++i) {
        const std::int64_t value = static_cast<std::int8_t>(values[t][i]);
        count += value < bounds.lo[t][i] || value > bounds.hi[t][i] ? 1 : 0;
      }
    }
  });
  return count;
}

}  // namespace

TEST_CASE("no point of a certified box has another label, by running all of them", "[certificate]") {
  int certified = 0, broken = 0, boxes = 0;
  const auto seeds = static_cast<std::uint32_t>(cases(500, 3000));
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const Tiny tiny = tiny_network(seed);
    const ModelSpec spec = from_box(tiny);
    Certifier certifier(tiny.spec);
    std::mt19937 random(seed);
    const Integers x =
        random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
    certifier.set(x);
    for (const std::int32_t eps : {0, 1}) {
      const bw_certificate certificate = certifier.certify(eps);
      const auto logits = static_cast<std::size_t>(logits_of(spec));
      INFO("seed " << seed << ", eps " << eps);
      CHECK(certificate.label == label_of(spec, run_naively(spec, x)[logits]));
      if (eps == 0) continue;
      ++boxes;
      if (!certificate.certified) continue;
      ++certified;
      bool stable = true;
      enumerate(box_around(x, eps), [&](const Integers& point) {
        stable = stable && label_of(spec, run_naively(spec, point)[logits]) == certificate.label;
      });
      CHECK(stable);
      CHECK(certificate.margin > 0);
      broken += stable ? 0 : 1;
    }
  }
  CHECK(broken == 0);
  // The test would be empty if nothing, or everything, were certified.
  CHECK(certified > boxes / 10);
  CHECK(certified < boxes * 95 / 100);
}

TEST_CASE("every neuron of every point lies inside its bounds", "[certificate]") {
  for (std::uint32_t seed = 1; seed <= static_cast<std::uint32_t>(cases(60, 500)); ++seed) {
    const Tiny tiny = tiny_network(seed);
    const ModelSpec spec = from_box(tiny);
    Certifier certifier(tiny.spec);
    std::mt19937 random(seed + 1000);
    const Integers x =
        random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
    certifier.set(x);
    certifier.certify(1);
    NaiveBounds bounds;
    for (std::size_t t = 0; t < spec.tensors.size(); ++t) {
      const bool integer =
          spec.tensors[t].type != ElementType::f32 && static_cast<std::int32_t>(t) >= tiny.box;
      const bool behind_logits = static_cast<std::int32_t>(t) > logits_of(spec);
      bounds.lo.push_back(integer && !behind_logits ? certifier.bounds(static_cast<std::int32_t>(t), false)
                                                    : Integers{});
      bounds.hi.push_back(integer && !behind_logits ? certifier.bounds(static_cast<std::int32_t>(t), true)
                                                    : Integers{});
    }
    INFO("seed " << seed);
    CHECK(outside(spec, box_around(x, 1), bounds) == 0);
  }
}

TEST_CASE("bounds equal those of the independent evaluator on every path and number of threads",
          "[certificate]") {
  for (std::uint32_t seed = 1; seed <= static_cast<std::uint32_t>(cases(80, 600)); ++seed) {
    const Tiny tiny = tiny_network(seed);
    std::mt19937 random(seed + 2000);
    const Integers x =
        random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
    for (const std::string& path : available_paths()) {
      Certifier certifier(tiny.spec, path.c_str());
      certifier.set(x);
      for (const std::int32_t eps : {0, 1, 3, 8, 40, 255}) {
        certifier.certify(eps);
        const Box box = box_around(x, eps);
        const NaiveBounds expected = bound_naively(tiny.spec, tiny.box, box.lo, box.hi);
        for (std::int32_t t = tiny.box; t <= logits_of(tiny.spec); ++t) {
          const auto at = static_cast<std::size_t>(t);
          if (tiny.spec.tensors[at].type == ElementType::f32 || expected.lo[at].empty()) continue;
          INFO("seed " << seed << ", path " << path << ", eps " << eps << ", tensor " << t);
          CHECK(certifier.bounds(t, false) == expected.lo[at]);
          CHECK(certifier.bounds(t, true) == expected.hi[at]);
        }
      }
    }
  }
}

TEST_CASE("windows of every stride, dilation and padding have the bounds of the independent evaluator",
          "[certificate]") {
  for (std::uint32_t seed = 1; seed <= static_cast<std::uint32_t>(cases(48, 400)); ++seed) {
    const auto pick = [seed](std::uint32_t period, std::vector<std::int32_t> of) {
      return of[seed / period % of.size()];
    };
    Network n(seed);
    const std::int32_t channels = pick(1, {1, 3, 5, 18});
    // More pixels than a block of windows has.
    const std::int32_t box = n.input_integer({1, 11, 13, channels});
    const ConvShape shape{pick(4, {3, 8, 17}), pick(2, {2, 3, 4}), pick(3, {1, 2, 3}), pick(5, {0, 1, 2}),
                          pick(7, {1, 1, 2})};
    const std::int32_t first = n.conv(box, shape, seed % 2 == 0 ? WeightFormat::s8 : WeightFormat::s4);
    if (seed % 3 != 0) narrow(n.spec(), first);
    const std::int32_t second = n.conv(first, {5, 2, 1, pick(1, {0, 1}), 1}, WeightFormat::s4);
    const auto out = n.shape(second);
    n.output(n.fully_connected(n.reshape(second, {1, out[1] * out[2] * out[3]}), 3));
    std::mt19937 random(seed + 6000);
    const Integers x = random_point(random, static_cast<std::size_t>(11 * 13 * channels));
    for (const std::string& path : available_paths()) {
      Certifier certifier(n.spec(), path.c_str());
      certifier.set(x);
      certifier.certify(static_cast<std::int32_t>(seed % 9));
      const Box around = box_around(x, seed % 9);
      const NaiveBounds expected = bound_naively(n.spec(), box, around.lo, around.hi);
      for (const std::int32_t t : {first, second}) {
        INFO("seed " << seed << ", path " << path << ", tensor " << t);
        CHECK(certifier.bounds(t, false) == expected.lo[static_cast<std::size_t>(t)]);
        CHECK(certifier.bounds(t, true) == expected.hi[static_cast<std::size_t>(t)]);
      }
    }
  }
}

TEST_CASE("a box of radius 0 holds the nominal values", "[certificate]") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const Tiny tiny = tiny_network(seed);
    const ModelSpec spec = from_box(tiny);
    Certifier certifier(tiny.spec);
    std::mt19937 random(seed + 3000);
    const Integers x =
        random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
    certifier.set(x);
    certifier.certify(0);
    const std::vector<Bytes> values = run_naively(spec, x);
    for (std::int32_t t = tiny.box; t <= logits_of(spec); ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (spec.tensors[at].type == ElementType::f32) continue;
      const auto* bytes = reinterpret_cast<const std::int8_t*>(values[at].data());
      const Integers expected(bytes, bytes + values[at].size());
      INFO("seed " << seed << ", tensor " << t);
      CHECK(certifier.bounds(t, false) == expected);
      CHECK(certifier.bounds(t, true) == expected);
    }
  }
}

TEST_CASE("each mistake in the bounds puts a neuron outside of them", "[certificate]") {
  const std::map<Mutant, const char*> mutants = {
      {Mutant::none, "none"},
      {Mutant::wrapping_requantization, "wrapping requantization"},
      {Mutant::halved_radius, "halved radius"},
      {Mutant::wrong_sign, "wrong sign"},
      {Mutant::asymmetric_padding, "asymmetric padding"},
      {Mutant::table_taken_as_monotone, "only the ends of an interval looked up"},
      {Mutant::first_end_only, "one operand's interval forgotten"}};
  for (const auto& [mutant, name] : mutants) {
    std::int64_t found = 0;
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
      const Tiny tiny = tiny_network(seed);
      const ModelSpec spec = from_box(tiny);
      std::mt19937 random(seed + 4000);
      const Integers x =
          random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
      const Box box = box_around(x, 1);
      found += outside(spec, box, bound_naively(tiny.spec, tiny.box, box.lo, box.hi, mutant));
    }
    INFO(name);
    CHECK((found == 0) == (mutant == Mutant::none));
  }
}

TEST_CASE("bounds of a larger box hold those of a smaller one, and fewer inputs are certified",
          "[certificate]") {
  int certified_before = 0, certified_after = 0;
  // Where centre and radius are exact: few levels behind the input, and boxes that its ends do not cut.
  for (std::uint32_t seed = 2; seed <= 160; seed += 4) {
    const Tiny tiny = tiny_network(seed);
    Certifier certifier(tiny.spec);
    std::mt19937 random(seed + 7000);
    Integers x = random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u);
    for (std::int64_t& value : x) value /= 2;
    certifier.set(x);
    std::vector<Integers> lo, hi;
    bool certified = true;
    for (const std::int32_t eps : {0, 1, 2, 4, 9, 31, 63}) {
      const bool now = certifier.certify(eps).certified == 1;
      INFO("seed " << seed << ", eps " << eps);
      CHECK((certified || !now));
      certified = now;
      certified_before += eps == 0 && now ? 1 : 0;
      certified_after += eps == 63 && now ? 1 : 0;
      for (std::int32_t t = tiny.box; t <= logits_of(tiny.spec); ++t) {
        const Integers low = certifier.bounds(t, false), high = certifier.bounds(t, true);
        const auto at = static_cast<std::size_t>(t - tiny.box);
        if (eps > 0) {
          CHECK(std::equal(low.begin(), low.end(), lo[at].begin(), std::less_equal<>()));
          CHECK(std::equal(high.begin(), high.end(), hi[at].begin(), std::greater_equal<>()));
        }
        if (eps == 0) lo.emplace_back(), hi.emplace_back();
        lo[at] = low;
        hi[at] = high;
      }
    }
  }
  CHECK(certified_after < certified_before);
}

TEST_CASE("the radius is the largest eps that is proved, and certify-first gives the same answers",
          "[certificate]") {
  int proved = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    const Tiny tiny = tiny_network(seed);
    Certifier certifier(tiny.spec);
    std::mt19937 random(seed + 5000);
    certifier.set(random_point(random, tiny.spec.tensors[static_cast<std::size_t>(tiny.box)].shape[2] * 2u));
    bw_certificate radius;
    REQUIRE(bw_session_certified_radius(certifier.session.get(), 64, &radius) == BW_STATUS_OK);
    INFO("seed " << seed);
    if (radius.certified) {
      CHECK(certifier.certify(radius.eps).certified == 1);
      proved += radius.eps > 0 ? 1 : 0;
    }
    if (radius.eps < 64) CHECK(certifier.certify(radius.certified ? radius.eps + 1 : 0).certified == 0);
    for (const std::int32_t eps : {0, 1, 2, 5}) {
      const bw_certificate full = certifier.certify(eps), first = certifier.certify(eps, BW_CERTIFY_FIRST);
      CHECK(full.ran == 1);
      CHECK(first.ran == (first.certified ? 0 : 1));
      CHECK(first.label == full.label);
      CHECK(first.certified == full.certified);
      CHECK(first.margin == full.margin);
    }
  }
  CHECK(proved > 10);
}

TEST_CASE("a model without a certificate runs, and the plan says why it has none", "[certificate]") {
  const auto refusal = [](const ModelSpec& spec) {
    const ModelBytes bytes(spec);
    const ModelHandle model = load(bytes);
    bw_plan_options options;
    bw_plan_options_init(&options);
    options.certify = 1;
    bw_plan* plan = nullptr;
    CHECK(bw_plan_create(model.get(), &options, &plan) == BW_STATUS_NOT_CERTIFIABLE);
    CHECK(plan == nullptr);
    CHECK(make_plan(model.get()) != nullptr);
    return std::string(bw_status_message());
  };
  Network two(1);
  const std::int32_t a = two.input_integer({1, 4}), b = two.input_integer({1, 4});
  two.output(two.fully_connected(two.add(a, b), 3));
  CHECK(refusal(two.spec()) == "the model has 2 inputs, a box is laid around one");

  Network middle(2);
  const std::int32_t soft = middle.softmax(middle.fully_connected(middle.input_integer({1, 4}), 4));
  middle.output(middle.fully_connected(soft, 3));
  CHECK(refusal(middle.spec()) == "operator 1 'softmax_1' (softmax): has no interval rule");

  Network wide(3);
  const std::int32_t x = wide.input_integer({1, 4096});
  wide.output(wide.fully_connected(wide.fully_connected(x, 4), 3));
  for (std::int16_t& w : wide.spec().operators[0].linear->weights.integers) w = 127;
  CHECK(refusal(wide.spec()) ==
        "operator 0 'fully_connected_0': interval sums of channel 0 can reach 67104768, more than 2^24 = "
        "16777216");

  Network floats(4);
  floats.output(floats.fully_connected(floats.input_f32({1, 4}), 3, WeightFormat::f32));
  CHECK(refusal(floats.spec()) ==
        "operator 0 'fully_connected_0' (fully_connected): the logits are computed from floats");
}

TEST_CASE("certified calls check their arguments", "[certificate]") {
  const Tiny tiny = tiny_network(1);
  Certifier certifier(tiny.spec);
  bw_certificate certificate;
  CHECK(bw_session_run_certified(nullptr, 1, BW_CERTIFY_RUN, &certificate) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_run_certified(certifier.session.get(), 1, BW_CERTIFY_RUN, nullptr) ==
        BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_run_certified(certifier.session.get(), -1, BW_CERTIFY_RUN, &certificate) ==
        BW_STATUS_INVALID_ARGUMENT);
  CHECK(std::string(bw_status_message()) == "eps is -1, must be 0..255 steps of the input");
  CHECK(bw_session_certified_radius(certifier.session.get(), 256, &certificate) ==
        BW_STATUS_INVALID_ARGUMENT);
  const ModelBytes bytes(tiny.spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle plain = make_session(plan.get());
  CHECK(bw_session_run_certified(plain.get(), 1, BW_CERTIFY_RUN, &certificate) == BW_STATUS_NOT_FOUND);
  const void *lo = nullptr, *hi = nullptr;
  CHECK(bw_session_bounds(certifier.session.get(), 99, &lo, &hi) == BW_STATUS_INVALID_ARGUMENT);
}

}  // namespace bulwark::test
