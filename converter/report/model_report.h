// SPDX-License-Identifier: Apache-2.0
// What inspect and convert tell about a model.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulwark/bulwark.h"
#include "converter/lipschitz/network_bounds.h"
#include "converter/report/amplification.h"
#include "schema/verifier.h"

namespace bulwark::converter::report {

struct TensorReport {
  std::string name;
  schema::ElementType type = schema::ElementType::s8;
  std::vector<std::int32_t> shape;
  float scale = 0;
  std::int32_t zero_point = 0, lo = 0, hi = 0;
  bool constant = false;

  std::string shape_text() const;  ///< "1×28×28×1"
  int bits() const;                ///< that hold [lo, hi]; 0 for float
};

struct LayerReport {
  std::int32_t index = 0;
  std::string name;
  schema::OperatorKind kind = schema::OperatorKind::reshape;
  std::vector<std::int32_t> inputs, outputs;  ///< tensor indices
  std::string geometry;                       ///< "3×3, stride 2, groups 8"; empty where there is none
  std::string weights;                        ///< format: "s4"; empty without weights
  double weight_bits = 0;                     ///< as stored; 0 without weights
  std::int64_t parameters = 0;                ///< weights and biases
  std::int64_t bytes = 0;                     ///< of weights, biases, multipliers and bounds in the file
  std::int64_t macs = 0;
  bool bit_exact = true;  ///< false: computes on floats
  bool per_channel_clamp = false;
  std::int32_t fraction_bits = 0;
  std::optional<float> linf_norm, l2_bound, clip_slack;
  std::optional<double> reshaped_norm, l2_lower;     ///< with add_norm_checks()
  std::optional<lipschitz::TensorBound> from_input;  ///< of the output, as a function of the model's input
  std::string kernel;                                ///< chosen on this machine
  std::string passed_over;                           ///< see bw_step_info; empty: none
  bool weights_in_file = false;  ///< packed ahead of time and used in place on this machine
  std::int32_t fused_in = -1;    ///< the layer in whose run this one is done, row by row, or -1
  std::string kernel_text() const;
};

/// An input or an output.
struct BoundaryReport {
  std::int32_t tensor = 0;
  std::optional<bw_tensor_info> integer_door;  ///< inputs: the integers behind a float input
};

/// A tensor that keeps its value from run to run.
struct StateReport {
  std::int32_t tensor = 0, next = 0;  ///< next: the tensor whose value it takes after a run
  bool has_initial = false;           ///< false: begins at its zero point
};

/// Weights that the file has packed, and what of them is used in place on this machine.
struct PackedReport {
  std::string paths;
  std::int64_t entries = 0, bytes = 0;
  std::int64_t used_layers = 0, used_bytes = 0;

  std::string text() const;
};

struct ModelReport {
  std::string path;
  std::int64_t file_bytes = 0;
  std::int32_t schema_version = 0;
  std::string producer, sha256, recipe;
  bool bit_exact = true;
  std::vector<TensorReport> tensors;
  std::vector<LayerReport> layers;
  std::vector<BoundaryReport> inputs, outputs;
  std::vector<StateReport> states;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::int32_t golden_inputs = 0, golden_outputs = 0;
  float clip_eps = 0;
  std::optional<Amplification> amplification;
  std::string kernel_path;
  std::int64_t arena_bytes = 0, packed_bytes = 0;
  std::optional<PackedReport> packed;

  std::int64_t parameters() const;
  std::int64_t macs() const;
  std::int64_t weight_bytes() const;                              ///< sum of LayerReport::bytes
  std::int64_t float_bytes() const { return 4 * parameters(); }   ///< the same parameters as float32
  const TensorReport& output_of(const LayerReport& layer) const;  ///< its first output
};

/// `model` and `plan` are of the same file.
ModelReport make_report(const schema::VerifiedModel& verified, const bw_model* model, const bw_plan* plan,
                        std::string path);

/// Fills what the norms of the file can be compared with: the reshaped kernel's norm (Lin et al. 2019) and a
/// lower bound of l2 by power iteration. Seconds for a network of 3.5 million weights.
void add_norm_checks(const schema::VerifiedModel& verified, ModelReport* report);

nlohmann::ordered_json to_json(const ModelReport& report);
/// For a terminal: everything about the file, then one line per layer.
std::string to_text(const ModelReport& report);
/// The table of layers alone.
std::string layer_table(const ModelReport& report);
/// One page that refers to nothing outside itself.
std::string to_html(const ModelReport& report);

}  // namespace bulwark::converter::report
