// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "converter/error.h"
#include "converter/io/sample_layout.h"

namespace bulwark::converter::cli {

std::vector<std::string> calibration_files(const std::string& source) {
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

namespace {

io::SampleLayout layout_of(const Value& input, const io::Npy& array, const std::string& file) {
  const bool is_float = array.type == io::NpyType::f32 || array.type == io::NpyType::f64;
  const bool fits = input.type == DType::f32 ? is_float || array.type == io::NpyType::u8 : !is_float;
  const auto layout = fits ? io::match_samples(array.shape, input.shape) : std::nullopt;
  if (layout) return *layout;
  throw bad_input(fmt::format("'{}': {} {}; input '{}' takes {} {}", file, name(array.type),
                              io::shape_text(array.shape), input.name, name(input.type),
                              io::shape_text(input.shape)));
}

/// Sample i as floats, in the input's order of axes.
TensorData sample_at(const Value& input, const io::Npy& array, const io::SampleLayout& layout,
                     std::size_t i) {
  const auto elements = static_cast<std::size_t>(layout.run_elements), size = element_size(array.type);
  io::Npy part{array.type, {layout.run_elements}, {}};
  const auto begin = array.bytes.begin() + static_cast<std::ptrdiff_t>(i * elements * size);
  part.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(elements * size));
  const std::vector<float> values = part.as_floats();
  TensorData sample{input.shape, std::vector<float>(elements)};
  io::copy_run(layout, input.shape, sizeof(float), reinterpret_cast<const std::uint8_t*>(values.data()),
               reinterpret_cast<std::uint8_t*>(sample.data.data()));
  return sample;
}

/// Mean and standard deviation of every element's channel.
class Normalizer {
 public:
  Normalizer(const Value& input, const Normalization& given) : mean_(given.mean), std_(given.std) {
    const std::size_t channels = std::max(mean_.size(), std_.size());
    for (std::vector<double>* values : {&mean_, &std_}) {
      if (values->size() != 1 && values->size() != channels)
        throw usage_error(fmt::format("--mean has {} value(s), --std {}", mean_.size(), std_.size()));
      values->resize(channels, values->front());
    }
    if (channels == 1) return;
    const auto count = static_cast<std::int64_t>(channels);
    const Shape& shape = input.shape;
    if (shape.size() > 1 && shape[1] == count) {
      for (std::size_t i = 2; i < shape.size(); ++i) inner_ *= static_cast<std::size_t>(shape[i]);
    } else if (shape.empty() || shape.back() != count) {
      throw usage_error(fmt::format("--mean and --std have {} values, input '{}' {} has no such channels",
                                    channels, input.name, io::shape_text(shape)));
    }
  }
  void apply(std::vector<float>& values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t c = i / inner_ % mean_.size();
      values[i] = static_cast<float>((static_cast<double>(values[i]) - mean_[c]) / std_[c]);
    }
  }
  /// Of the values 0 and 255, over all channels.
  std::pair<double, double> range() const {
    std::pair<double, double> range{INFINITY, -INFINITY};
    for (std::size_t c = 0; c < mean_.size(); ++c) {
      range.first = std::min(range.first, (0 - mean_[c]) / std_[c]);
      range.second = std::max(range.second, (255 - mean_[c]) / std_[c]);
    }
    return range;
  }

 private:
  std::vector<double> mean_, std_;
  std::size_t inner_ = 1;
};

/// The files of one input; one of them is in memory at a time, as it is stored.
class Source {
 public:
  Source(const Value& input, const std::string& path, const Normalization& given)
      : input_(input), files_(calibration_files(path)) {
    for (std::size_t f = 0; f < files_.size(); ++f) {
      load(f);
      const bool pictures = array_.type == io::NpyType::u8 && input.type == DType::f32;
      if (pictures && given.std.empty()) {
        throw usage_error(
            fmt::format("'{}' holds uint8 values and input '{}' takes floats: say which, as (value - mean) / "
                        "std, with --mean "
                        "and --std\n(trained on 0..1: --mean 0 --std 255; on 0..255: --mean 0 --std 1; one "
                        "number, or one per "
                        "channel as in 123.7,116.3,103.5)",
                        files_[f], input.name));
      }
      if (!pictures && !given.std.empty()) {
        throw usage_error(fmt::format("--mean and --std are for uint8 values, '{}' holds {}", files_[f],
                                      name(array_.type)));
      }
      if (pictures) normalizer_ = std::make_unique<Normalizer>(input, given);
      ends_.push_back(size() + static_cast<std::size_t>(layout_.runs));
    }
  }
  std::size_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  const Normalizer* normalizer() const { return normalizer_.get(); }

  TensorData get(std::size_t i) {
    const auto f = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), i) - ends_.begin());
    if (f != loaded_) load(f);
    TensorData sample = sample_at(input_, array_, layout_, f == 0 ? i : i - ends_[f - 1]);
    if (normalizer_) normalizer_->apply(sample.data);
    return sample;
  }

 private:
  void load(std::size_t f) {
    array_ = {};
    array_ = io::read_npy(files_[f]);
    layout_ = layout_of(input_, array_, files_[f]);
    loaded_ = f;
  }

  Value input_;
  std::vector<std::string> files_;
  std::vector<std::size_t> ends_;  ///< of each file's samples
  std::unique_ptr<Normalizer> normalizer_;
  io::Npy array_;
  io::SampleLayout layout_;
  std::size_t loaded_ = 0;
};

}  // namespace

std::vector<TensorData> graph_samples(const Value& input, const io::Npy& array, const std::string& file,
                                      const Levels& levels) {
  const io::SampleLayout layout = layout_of(input, array, file);
  std::vector<TensorData> samples;
  for (std::size_t i = 0; i < static_cast<std::size_t>(layout.runs); ++i) {
    samples.push_back(sample_at(input, array, layout, i));
    if (input.type != DType::f32 || array.type != io::NpyType::u8) continue;
    for (float& value : samples.back().data)
      value = static_cast<float>(levels.scale * (static_cast<double>(value) + levels.offset));
  }
  return samples;
}

quantize::Samples load_calibration(const Graph& graph, const std::vector<std::string>& sources,
                                   const Normalization& normalization, quantize::QuantizeOptions* options) {
  if (sources.size() != graph.own_inputs()) {
    throw usage_error(
        fmt::format("the source has {} input(s) and {} --calibrate given; one for each input, in order",
                    graph.own_inputs(), sources.size()));
  }
  auto inputs = std::make_shared<std::vector<Source>>();
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const Value& input = graph[graph.inputs[k]];
    inputs->emplace_back(input, sources[k], normalization);
    if (inputs->back().normalizer()) options->input_ranges[input.name] = inputs->back().normalizer()->range();
    if (inputs->back().size() != inputs->front().size()) {
      throw bad_input(fmt::format("'{}' holds {} sample(s), '{}' holds {}", sources[k], inputs->back().size(),
                                  sources[0], inputs->front().size()));
    }
  }
  return {inputs->empty() ? 0 : inputs->front().size(), [inputs](std::size_t i) {
            quantize::Samples::Sample sample;
            for (Source& source : *inputs) sample.push_back(source.get(i));
            return sample;
          }};
}

}  // namespace bulwark::converter::cli
