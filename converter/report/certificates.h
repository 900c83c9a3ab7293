// SPDX-License-Identifier: Apache-2.0
// What certify tells about a data set.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bulwark::converter::report {

struct CertifiedSample {
  std::int64_t label = 0;
  std::int64_t predicted = 0;
  int eps = 0;       ///< the largest of the report's eps that is proved; 0 if none
  float margin = 0;  ///< lower bound of the lead on that box, or on the smallest one when none is proved
};

struct CertifyReport {
  std::string model, path;
  std::vector<int> eps;  ///< ascending, no duplicates
  std::vector<CertifiedSample> samples;
};

/// Of all samples at one eps.
struct CertifyCounts {
  int eps = 0;
  std::int64_t right = 0;       ///< certified, and the label is right
  std::int64_t wrong = 0;       ///< certified, and the label is wrong: stable, not right
  std::int64_t open_right = 0;  ///< not certified, the label is right
  std::int64_t open_wrong = 0;

  std::int64_t certified() const { return right + wrong; }
};
std::vector<CertifyCounts> counts(const CertifyReport& report);

std::string to_csv(const CertifyReport& report);  ///< index,label,predicted,certified_eps,margin
std::string to_text(const CertifyReport& report);
nlohmann::ordered_json to_json(const CertifyReport& report);
std::string to_html(const CertifyReport& report);

}  // namespace bulwark::converter::report
