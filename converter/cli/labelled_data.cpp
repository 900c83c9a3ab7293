// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/labelled_data.h"
#include "converter/cli/verbs.h"

#include <fmt/format.h>

#include "converter/cli/labels.h"
#include "converter/error.h"

namespace bulwark::converter::cli {
namespace {

constexpr std::int64_t kMaxClasses = 4096;  // a confusion matrix has their square

std::vector<std::int64_t> read_labels(const std::string& file, std::int64_t samples, std::int64_t classes) {
  const io::Npy array = io::read_npy(file);
  if (array.type == io::NpyType::f32 || array.type == io::NpyType::f64) {
    throw bad_input(fmt::format("'{}': labels are {}, integers expected", file, name(array.type)));
  }
  if (array.elements() != samples) {
    throw bad_input(fmt::format("'{}': {} label(s) of shape {} for {} sample(s)", file, array.elements(),
                                io::shape_text(array.shape), samples));
  }
  std::vector<std::int64_t> labels = array.as_ints();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) {
      throw bad_input(fmt::format("'{}': label {} of sample {} is not one of the {} classes", file, labels[i],
                                  i, classes));
    }
  }
  return labels;
}

}  // namespace

LabelledData load_labelled(const Model& model, const std::string& data, const std::string& labels,
                           const char* verb) {
  if (model.input_count() != 1) {
    throw bad_input(fmt::format("'{}' has {} inputs; {} needs a model with one", model.path(),
                                model.input_count(), verb));
  }
  LabelledData set;
  set.data = load_input(model, 0, data);
  const bw_tensor_info output = model.output(0);
  set.batch = output.shape[0];
  set.samples = set.data.runs * set.batch;
  set.classes = static_cast<std::int64_t>(output.bytes / element_bytes(output.type)) / set.batch;
  const bool gives_labels = output.type == BW_TYPE_S32 || output.type == BW_TYPE_S64;
  if (set.classes > kMaxClasses || (gives_labels && set.classes != 1)) {
    throw bad_input(fmt::format("'{}': output 0 is {}: not the scores of at most {} classes", model.path(),
                                describe(output), kMaxClasses));
  }
  if (gives_labels) set.classes = kMaxClasses;  // the model does not say how many
  set.labels = read_labels(labels, set.samples, set.classes);
  return set;
}

void add_labelled_data(CLI::App* verb, std::string* data, std::string* labels) {
  verb->add_option(
          "--data", *data,
          "samples, [N, ..]; uint8 pictures (NCHW or NHWC) are fed as the 256 levels of an 8-bit input")
      ->required()
      ->type_name("X.npy");
  verb->add_option("--labels", *labels, "N integers")->required()->type_name("Y.npy");
}

}  // namespace bulwark::converter::cli
