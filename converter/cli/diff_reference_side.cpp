// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "converter/cli/diff_side.h"
#include "converter/cli/input_data.h"
#include "converter/error.h"

namespace bulwark::converter::cli {
namespace {

class ReferenceSide : public Side {
 public:
  ReferenceSide(std::string path, std::vector<OutputFormat> formats, const std::vector<std::int64_t>& cases)
      : path_(std::move(path)), formats_(std::move(formats)) {
    const bool numbered = std::any_of(cases.begin(), cases.end(), [](std::int64_t k) { return k >= 0; });
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      if (!std::filesystem::is_directory(path_)) {
        if (i == 0) arrays_.push_back(read(path_, formats_[0]));
      } else if (numbered) {
        std::vector<io::Npy> parts;
        for (const std::int64_t k : cases) {
          parts.push_back(read(fmt::format("{}/case{}_out{}.bin", path_, k, i), formats_[i]));
        }
        arrays_.push_back(concatenate(parts, path_));
      } else {
        arrays_.push_back(read(unnumbered(i), formats_[i]));
      }
    }
  }

  std::int64_t set_inputs(const std::vector<io::Npy>&, const std::vector<std::string>&) override {
    std::int64_t runs = 0;
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      const std::int64_t elements = run_elements(i);
      runs = arrays_[i].elements() / elements;
      if (runs == 0 || arrays_[i].elements() % elements != 0) {
        throw bad_input(fmt::format("'{}': output {} has shape {}, one run of the other side gives {}", path_,
                                    i, io::shape_text(arrays_[i].shape), io::shape_text(formats_[i].shape)));
      }
    }
    return runs;
  }

  std::vector<SideTensor> run(std::int64_t i) override {
    std::vector<SideTensor> outputs;
    for (std::size_t k = 0; k < arrays_.size(); ++k) {
      const OutputFormat& format = formats_[k];
      const std::int64_t elements = run_elements(k);
      io::Npy part{arrays_[k].type, format.shape, {}};
      const std::size_t bytes = static_cast<std::size_t>(elements) * element_size(part.type);
      const auto begin =
          arrays_[k].bytes.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * bytes);
      part.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(bytes));
      SideTensor tensor{format.name, format.shape, {}, 0, {}};
      const bool is_float = part.type == io::NpyType::f32 || part.type == io::NpyType::f64;
      for (const float value : part.as_floats()) {
        tensor.values.push_back(is_float ? value : format.scale * (value - format.zero_point));
      }
      outputs.push_back(tensor);
    }
    return outputs;
  }

 private:
  std::string unnumbered(std::size_t i) const {
    for (const char* ending : {"npy", "bin"}) {
      const std::string file = fmt::format("{}/output{}.{}", path_, i, ending);
      if (std::filesystem::exists(file)) return file;
    }
    throw io_error(fmt::format("'{}' has neither output{}.npy nor output{}.bin", path_, i, i));
  }

  static io::Npy read(const std::string& file, const OutputFormat& format) {
    return read_array(file, format.type, format.shape);
  }

  std::int64_t run_elements(std::size_t i) const {
    std::int64_t elements = 1;
    for (const std::int64_t dimension : formats_[i].shape) elements *= dimension;
    return elements;
  }

  std::string path_;
  std::vector<OutputFormat> formats_;
  std::vector<io::Npy> arrays_;
};

}  // namespace

std::unique_ptr<Side> make_reference_side(const std::string& path, const std::vector<OutputFormat>& formats,
                                          const std::vector<std::int64_t>& cases) {
  return std::make_unique<ReferenceSide>(path, formats, cases);
}

}  // namespace bulwark::converter::cli
