// SPDX-License-Identifier: Apache-2.0
// How the verifier's steps say what is wrong.
#pragma once

#include "schema/verifier.h"

namespace bulwark::schema {

/// Fills *error (code and printf message, cut off where too long) and returns false, so that a check reads
/// `if (bad) return fail(...)`. Bytes of the message that are not printable ASCII become '?': names come from
/// the file.
[[gnu::format(printf, 3, 4)]] bool fail(VerifyError* error, VerifyCode code, const char* format, ...);

/// The part of a name that fits a message, for "%.*s".
struct ShortName {
  int length;
  const char* text;
};
ShortName shorten(std::string_view name);

/// "%.*s" arguments of a name.
#define BULWARK_NAME(name) ::bulwark::schema::shorten(name).length, ::bulwark::schema::shorten(name).text

}  // namespace bulwark::schema
