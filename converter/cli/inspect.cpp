// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/amplification.h"
#include "converter/cli/engine.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/report/model_report.h"
#include "schema/verifier.h"

namespace bulwark::converter::cli {
namespace {

struct Options {
  std::string model, html;
  AmplificationOptions amplification;
  bool json = false, norms = false;
};

Exit inspect(const Options& options) {
  const std::vector<std::uint8_t> bytes = io::read_file(options.model);
  report::ModelReport report = report_of(bytes, options.model);
  if (options.norms) {
    schema::VerifiedModel verified;
    schema::VerifyError error;
    if (!schema::VerifiedModel::verify(bytes, {false}, &verified, &error)) throw bad_input(error.message);
    add_norm_checks(verified, &report);
  }
  if (!options.amplification.data.empty())
    report.amplification = measure_amplification(bytes, options.model, options.amplification);
  if (!options.html.empty()) write_text(to_html(report), options.html);
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
  verb->add_flag("--norms", options->norms,
                 "compare every layer's norms: reshaped kernel, power iteration, upper bound");
  AmplificationOptions& a = options->amplification;
  CLI::Option* data =
      verb->add_option("--data", a.data,
                       "uint8 samples: measure how noise and an attack of --eps grow from layer to layer")
          ->type_name("X.npy");
  verb->add_option("--attacked", a.attacked,
                   "the same samples after an attack; else random squares are tried")
      ->needs(data)
      ->type_name("A.npy");
  verb->add_option("--eps", a.eps, "largest change of an input element, in steps")
      ->needs(data)
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  verb->add_option("--samples", a.samples, "samples that are measured")
      ->needs(data)
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--queries", a.queries, "random squares tried on each sample")
      ->needs(data)
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "of noise and squares")->needs(data)->capture_default_str();
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return inspect(*options); }; });
}

}  // namespace bulwark::converter::cli
