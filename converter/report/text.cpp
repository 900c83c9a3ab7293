// SPDX-License-Identifier: Apache-2.0
#include "converter/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace bulwark::converter::report {
namespace {

bool is_number(const std::string& cell) {
  const std::size_t digit = cell.starts_with('-') ? 1 : 0;
  return cell.size() > digit && std::isdigit(static_cast<unsigned char>(cell[digit]));
}

/// A column is set to the right when each of its cells is a number, "-" or empty.
std::vector<bool> number_columns(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  std::vector<bool> numbers(columns, rows.size() > 1);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string& cell = rows[r][c];
      numbers[c] = numbers[c] && (cell.empty() || cell == "-" || is_number(cell));
    }
  }
  return numbers;
}

std::string scaled(std::int64_t value, const char* const* units) {
  auto scaled_value = static_cast<double>(value);
  int unit = 0;
  for (; scaled_value >= 1000 && unit < 3; ++unit) scaled_value /= 1000;
  return unit == 0 ? fmt::format("{}{}", value, units[0])
                   : fmt::format("{:.1f}{}", scaled_value, units[unit]);
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t characters_in(const std::string& text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], characters_in(row[c]));
  }
  const std::vector<bool> numbers = number_columns(rows, widths.size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - characters_in(row[c]), ' ');
      line += numbers[c] ? padding + row[c] : row[c] + padding;
      if (c + 1 < row.size()) line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string byte_text(std::int64_t bytes) {
  static constexpr const char* kUnits[] = {" B", " kB", " MB", " GB"};
  return scaled(bytes, kUnits);
}

std::string count_text(std::int64_t count) {
  static constexpr const char* kUnits[] = {"", " k", " M", " G"};
  return scaled(count, kUnits);
}

std::string shorten(const std::string& text, std::size_t characters) {
  if (characters_in(text) <= characters || characters < 3) return text;
  const std::size_t front = (characters - 1) / 2;
  const std::size_t back = characters - 1 - front;
  std::size_t end = 0, begin = text.size();
  for (std::size_t n = 0; end < text.size(); ++end) {
    if (!continues_character(text[end]) && n++ == front) break;
  }
  for (std::size_t n = 0; begin > 0 && n < back;) {
    if (!continues_character(text[--begin])) ++n;
  }
  return text.substr(0, end) + "…" + text.substr(begin);
}

}  // namespace bulwark::converter::report
