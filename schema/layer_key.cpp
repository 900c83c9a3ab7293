// SPDX-License-Identifier: Apache-2.0
#include "schema/layer_key.h"

#include <cstring>

namespace bulwark::schema {
namespace {

/// Counts what does not fit any more.
class Text {
 public:
  Text(char* text, std::size_t capacity) : text_(text), capacity_(capacity) {}

  Text& operator<<(const char* part) {
    for (; *part != '\0'; ++part) put(*part);
    return *this;
  }
  Text& operator<<(std::int32_t value) {
    char digits[11];  // without the sign
    std::size_t count = 0;
    auto rest = static_cast<std::uint32_t>(value);
    if (value < 0) put('-'), rest = 0 - rest;
    do digits[count++] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    while (count > 0) put(digits[--count]);
    return *this;
  }
  Text& operator<<(View<std::int32_t> list) {
    for (std::size_t i = 0; i < list.size(); ++i) *this << (i > 0 ? "," : "") << list[i];
    return *this;
  }
  std::size_t finish() {
    if (capacity_ > 0) text_[length_ < capacity_ ? length_ : capacity_ - 1] = '\0';
    return length_;
  }

 private:
  void put(char c) {
    if (length_ < capacity_) text_[length_] = c;
    ++length_;
  }

  char* text_;
  std::size_t capacity_, length_ = 0;
};

void write_tensor(Text& text, const TensorView& tensor) {
  text << " " << name(tensor.type) << "[" << tensor.shape << "]";
}

/// Options is LinearView or PoolView.
template <typename Options>
void write_window(Text& text, const Options& o) {
  text << " kernel " << o.kernel_h << "x" << o.kernel_w << " stride " << o.stride_h << "x" << o.stride_w;
  text << " padding " << o.pad_top << "," << o.pad_left << "," << o.pad_bottom << "," << o.pad_right;
  text << " dilation " << o.dilation_h << "x" << o.dilation_w;
}

void write_details(Text& text, const OperatorView& op) {
  switch (op.kind) {
    case OperatorKind::conv_2d:
      write_window(text, op.linear);
      text << " groups " << op.linear.groups;
      break;
    case OperatorKind::max_pool_2d:
    case OperatorKind::average_pool_2d:
      write_window(text, op.pool);
      break;
    case OperatorKind::function:
      text << " " << name(op.function.function);
      break;
    default:
      if (!op.axes.empty()) text << " axes " << op.axes;
  }
}

}  // namespace

std::size_t layer_key(const VerifiedModel& model, std::int32_t index, char* buffer, std::size_t capacity) {
  const OperatorView op = model.op(index);
  Text text(buffer, capacity);
  text << name(op.kind);
  for (const std::int32_t input : op.inputs) write_tensor(text, model.tensor(input));
  text << " ->";
  for (const std::int32_t output : op.outputs) write_tensor(text, model.tensor(output));
  write_details(text, op);
  return text.finish();
}

}  // namespace bulwark::schema
