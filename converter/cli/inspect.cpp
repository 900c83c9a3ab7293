// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/engine.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/io/file.h"
#include "converter/report/model_report.h"

namespace bulwark::converter::cli {
namespace {

struct Options {
  std::string model, html;
  bool json = false;
};

Exit inspect(const Options& options) {
  const std::vector<std::uint8_t> bytes = io::read_file(options.model);
  const report::ModelReport report = report_of(bytes, options.model);
  if (!options.html.empty()) {
    const std::string page = to_html(report);
    io::write_atomically({reinterpret_cast<const std::uint8_t*>(page.data()), page.size()}, options.html);
  }
  if (options.json) {
    print(to_json(report));
  } else {
    print(to_text(report));
  }
  return Exit::done;
}

}  // namespace

void add_inspect(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("inspect", "Tell what is in a model file");
  verb->add_option("model", options->model, "model file")->required()->type_name("MODEL.bwk");
  verb->add_option("--html", options->html, "also draw the network: one page without external parts")
      ->type_name("F");
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return inspect(*options); }; });
}

}  // namespace bulwark::converter::cli
