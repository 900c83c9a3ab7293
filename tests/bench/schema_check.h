// SPDX-License-Identifier: Apache-2.0
// As much of JSON Schema as the schemas of bench/ use.
#pragma once

#include <string>
#include <vector>

#include "bench/json_value.h"

namespace bulwark::test {

/// What of `value` breaks the schema, each with its place ("layers[2].costs[0].cost: is no number"). Knows
/// type, required, properties, items, enum, const, minimum, maximum; any other word that constrains is itself
/// a complaint.
std::vector<std::string> complaints(const bench::JsonValue& schema, const bench::JsonValue& value,
                                    const std::string& place = "");

/// The schema in bench/ of that file name.
bench::JsonValue schema_of(const std::string& file);

}  // namespace bulwark::test
