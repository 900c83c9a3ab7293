// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "converter/error.h"
#include "converter/io/sample_layout.h"

namespace bulwark::converter::cli {
namespace {

std::vector<std::string> files_of(const std::string& source) {
  std::error_code failure;
  if (!std::filesystem::is_directory(source, failure)) return {source};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(source, failure)) {
    if (entry.path().extension() == ".npy") files.push_back(entry.path().string());
  }
  if (failure) throw io_error(fmt::format("cannot read '{}': {}", source, failure.message()));
  if (files.empty()) throw bad_input(fmt::format("'{}': no .npy file in this folder", source));
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<float> real_values(const io::Npy& array, const Levels& levels) {
  std::vector<float> values = array.as_floats();
  if (array.type == io::NpyType::u8) {
    for (float& value : values)
      value = static_cast<float>(levels.scale * (static_cast<double>(value) + levels.offset));
  }
  return values;
}

}  // namespace

std::vector<TensorData> graph_samples(const Value& input, const io::Npy& array, const std::string& file,
                                      const Levels& levels) {
  const auto expected = [&] {
    return bad_input(fmt::format("'{}': {} {}; input '{}' takes {} {}", file, name(array.type),
                                 io::shape_text(array.shape), input.name, name(input.type),
                                 io::shape_text(input.shape)));
  };
  const bool is_float = array.type == io::NpyType::f32 || array.type == io::NpyType::f64;
  if (input.type == DType::f32 ? !is_float && array.type != io::NpyType::u8 : is_float) throw expected();
  const auto layout = io::match_samples(array.shape, input.shape);
  if (!layout) throw expected();
  const std::vector<float> values = input.type == DType::f32 ? real_values(array, levels) : array.as_floats();

  std::vector<TensorData> samples(static_cast<std::size_t>(layout->runs));
  const auto elements = static_cast<std::size_t>(layout->run_elements);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].shape = input.shape;
    samples[i].data.resize(elements);
    io::copy_run(*layout, input.shape, sizeof(float),
                 reinterpret_cast<const std::uint8_t*>(values.data() + i * elements),
                 reinterpret_cast<std::uint8_t*>(samples[i].data.data()));
  }
  return samples;
}

std::vector<std::vector<TensorData>> load_calibration(const Graph& graph,
                                                      const std::vector<std::string>& sources) {
  if (sources.size() != graph.inputs.size()) {
    throw usage_error(
        fmt::format("the source has {} input(s) and {} --calibrate given; one for each input, in order",
                    graph.inputs.size(), sources.size()));
  }
  std::vector<std::vector<TensorData>> samples;
  for (std::size_t k = 0; k < sources.size(); ++k) {
    std::size_t count = 0;
    for (const std::string& file : files_of(sources[k])) {
      for (TensorData& sample : graph_samples(graph[graph.inputs[k]], io::read_npy(file), file, {})) {
        if (k == 0) samples.emplace_back();
        if (count < samples.size()) samples[count].push_back(std::move(sample));
        ++count;
      }
    }
    if (count != samples.size()) {
      throw bad_input(fmt::format("'{}' holds {} sample(s), '{}' holds {}", sources[k], count, sources[0],
                                  samples.size()));
    }
  }
  return samples;
}

}  // namespace bulwark::converter::cli
