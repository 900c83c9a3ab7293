// SPDX-License-Identifier: Apache-2.0
// The look of every page.
#pragma once

namespace bulwark::converter::report {

extern const char* const kStyleSheet;

}  // namespace bulwark::converter::report
