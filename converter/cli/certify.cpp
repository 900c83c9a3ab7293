// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/labelled_data.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/io/file.h"
#include "converter/report/certificates.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using report::CertifiedSample;
using report::CertifyReport;

struct Options {
  std::string model, data, labels, per_sample, html;
  std::vector<int> eps = {1, 2, 4, 8, 16};
  EngineOptions engine;
  bool json = false;
};

/// The largest listed eps that is proved. They are tried from the largest on; bounds of a smaller box lie
/// inside.
CertifiedSample certify_sample(Session& session, const std::vector<int>& eps) {
  CertifiedSample sample;
  for (std::size_t i = eps.size(); i-- > 0;) {
    const bw_certificate certificate = session.certify(eps[i], BW_CERTIFY_FIRST);
    sample.predicted = certificate.label;
    sample.margin = certificate.margin;
    if (certificate.certified) {
      sample.eps = eps[i];
      break;
    }
  }
  return sample;
}

CertifyReport certify_all(const Options& options, const std::vector<int>& eps) {
  const Model model = Model::load(options.model);
  const LabelledData set = load_labelled(model, options.data, options.labels, "certify");
  EngineOptions engine = options.engine;
  engine.certify = true;
  Session session(model, engine);
  CertifyReport report{options.model, session.path(), eps, {}};
  Progress progress("certifying");
  for (std::int64_t i = 0; i < set.data.runs; ++i) {
    session.set_input(0, set.data.integer_door, set.data.run(i));
    CertifiedSample sample = certify_sample(session, eps);
    sample.label = set.labels[static_cast<std::size_t>(i)];
    report.samples.push_back(sample);
    progress(static_cast<std::size_t>(i + 1), static_cast<std::size_t>(set.data.runs));
  }
  return report;
}

Exit run_certify(const Options& options) {
  std::vector<int> eps = options.eps;
  std::sort(eps.begin(), eps.end());
  eps.erase(std::unique(eps.begin(), eps.end()), eps.end());
  const CertifyReport report = certify_all(options, eps);
  if (!options.per_sample.empty()) write_text(to_csv(report), options.per_sample);
  if (!options.html.empty()) write_text(to_html(report), options.html);
  if (options.json) {
    print(to_json(report));
  } else {
    print(to_text(report));
  }
  return Exit::done;
}

}  // namespace

void add_certify(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "certify",
      "Prove, picture by picture, that no change of every input element by at most eps changes the label");
  verb->add_option("model", options->model, "model file")->required()->type_name("MODEL.bwk");
  add_labelled_data(verb, &options->data, &options->labels);
  verb->add_option("--eps", options->eps, "radii of the boxes, in steps of the input")
      ->delimiter(',')
      ->check(CLI::Range(0, 255))
      ->capture_default_str()
      ->type_name("E,E,..");
  verb->add_option("--per-sample", options->per_sample,
                   "one line per sample: index,label,predicted,certified_eps,margin")
      ->type_name("F.csv");
  verb->add_option("--html", options->html, "a page with the certified curve")->type_name("F");
  add_threads(verb, &options->engine.threads);
  add_path(verb, &options->engine.path);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_certify(*options); }; });
}

}  // namespace bulwark::converter::cli
