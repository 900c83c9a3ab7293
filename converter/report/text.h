// SPDX-License-Identifier: Apache-2.0
// Words and columns for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulwark::converter::report {

/// Columns padded to their widest cell; columns of numbers to the right. The first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

std::string byte_text(std::int64_t bytes);   ///< "1.5 MB"
std::string count_text(std::int64_t count);  ///< "12.3 M"

/// At most `characters` UTF-8 characters, the middle replaced by an ellipsis.
std::string shorten(const std::string& text, std::size_t characters);

}  // namespace bulwark::converter::report
