// SPDX-License-Identifier: Apache-2.0
#include "bulwark/bulwark.h"
#include "schema/limits.h"

extern "C" const char* bw_version(void) { return "0.1.0"; }
extern "C" int32_t bw_schema_version(void) { return bulwark::schema::kSchemaVersion; }
